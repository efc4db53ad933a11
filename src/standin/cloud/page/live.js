// What happens in the Cloud, as it happens.

/**
 * Gives events in batches, one after the other: the next one comes when `onEvents` is done with the last. `onState` is told 'live',
 * 'again' (after a break: there may have been events that nobody told) and 'broken'.
 */
export function createLive({ onEvents, onState }) {
  let source;
  let waiting = [];
  let isBusy = false;
  let hasBroken = false;
  let isStopped = true;

  function open() {
    source = new EventSource('/standin/v1/events');
    source.addEventListener('message', ({ data }) => receive(JSON.parse(data)));
    source.addEventListener('error', () => {
      if (isStopped) return;
      hasBroken = true;
      onState('broken');
      // A browser comes back by itself after a broken connection, but not after a refusal.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => !isStopped && open(), AGAIN_AFTER);
    });
  }

  function receive(event) {
    if (event.kind === 'hello') {
      onState(hasBroken ? 'again' : 'live');
      hasBroken = false;
      return;
    }
    waiting.push(event);
    if (waiting.length === 1 && !isBusy) setTimeout(deliver, TOGETHER_WITHIN);
  }

  async function deliver() {
    const events = waiting;
    waiting = [];
    isBusy = true;
    try {
      await onEvents(events);
    } finally {
      isBusy = false;
      if (waiting.length > 0) setTimeout(deliver, TOGETHER_WITHIN);
    }
  }

  return {
    start() {
      if (!isStopped) return;
      isStopped = false;
      hasBroken = false;
      open();
    },
    stop() {
      isStopped = true;
      source?.close();
      waiting = [];
    },
  };
}

const TOGETHER_WITHIN = 150;
const AGAIN_AFTER = 3000;
