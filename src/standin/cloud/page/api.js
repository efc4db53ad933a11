// Asks the Cloud. What it refuses becomes an ApiError, which can be shown to people.

export class ApiError extends Error {
  /** `status` is 0 when there was no answer at all. */
  constructor(status, { what, why, next }) {
    super(what);
    Object.assign(this, { status, what, why, next });
  }
}

/** `ask('POST', 'spaces', { name })` resolves with the answer's JSON, undefined when it has none. */
export function createApi() {
  let csrf = '';

  async function ask(method, path, body) {
    const headers = { ...(csrf !== '' && { 'X-CSRF-Token': csrf }), ...(body && { 'Content-Type': 'application/json' }) };
    let response;
    try {
      response = await fetch(`/standin/v1/${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    } catch {
      throw new ApiError(0, NO_ANSWER);
    }
    const answer = await response.json().catch(() => undefined);
    if (response.ok) return answer;
    throw new ApiError(response.status, explained(response.status, answer?.errorMessage));
  }

  return {
    ask,
    /** The session of the cookie, which no script can see: whether there may be one is noted beside it. */
    async session() {
      if (localStorage.getItem(SIGNED_IN) === null) return undefined;
      try {
        const session = await ask('GET', 'session');
        csrf = session.csrf;
        return session;
      } catch (error) {
        if (error.status !== 401) throw error;
        localStorage.removeItem(SIGNED_IN);
        return undefined;
      }
    },
    async signIn(values) {
      await ask('POST', 'sign-in', values);
      localStorage.setItem(SIGNED_IN, 'yes');
    },
    async signOut() {
      await ask('POST', 'sign-out');
      localStorage.removeItem(SIGNED_IN);
    },
  };
}

function explained(status, message = '') {
  const { what, next } = REFUSALS[status] ?? REFUSALS.other;
  return { what, why: message === '' ? `It answered with status ${status}.` : sentence(message), next };
}

function sentence(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

const SIGNED_IN = 'kickstart-cloud-signed-in';

const NO_ANSWER = {
  what: 'The Cloud does not answer.',
  why: 'It was ended, or cannot be reached from here.',
  next: 'Start it again with kickstart cloud and the same --data directory. This page then goes on by itself.',
};

const REFUSALS = {
  401: { what: 'You are not signed in.', next: 'Sign in, then do it again.' },
  403: { what: 'The Cloud did not take this from this page.', next: 'Load the page again.' },
  404: { what: 'This is not there any more.', next: 'Go back to the spaces.' },
  409: { what: 'This cannot be done now.', next: 'Look at its state, then try again.' },
  422: { what: 'Something in the form is not right.', next: 'Correct it, then try again.' },
  429: { what: 'This was tried too often.', next: 'Wait a little, then try again.' },
  503: { what: 'The Cloud could not keep this.', next: 'Make room on the disk of the data directory, then try again.' },
  504: { what: 'The node did not answer.', next: 'See whether it is online, then ask again.' },
  other: { what: 'The Cloud did not do this.', next: 'Try again; what kickstart cloud --json prints says more.' },
};
