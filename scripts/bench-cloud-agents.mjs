// A process full of simulated agents, for bench-cloud.mjs: does what it is told over IPC, and answers with what came of it.
import { createSecureContext } from 'node:tls';
import { claimAgent, linkAgent } from './simulated-agent.mjs';

let agents = [];
let cloud;
let lost = 0;

const orders = {
  prepare({ ids, addresses, port, ca, token, room, publicKey, privateKey }) {
    cloud = { port, secureContext: createSecureContext({ ca }) };
    const shared = { token, room, publicKey, privateKey, keepaliveSeconds: KEEPALIVE_SECONDS, onClosed: () => (lost += 1) };
    agents = ids.map((id, index) => ({ ...shared, id, address: addresses[index] }));
  },

  /** The Cloud came back on another port. */
  move({ port }) {
    cloud.port = port;
  },

  async claim({ atOnce }) {
    const statuses = {};
    await eachOf(agents, atOnce, async (agent) => {
      const status = await claimAgent(agent, cloud);
      statuses[status] = (statuses[status] ?? 0) + 1;
    });
    return { statuses };
  },

  async link({ atOnce }) {
    const failures = {};
    await eachOf(agents, atOnce, async (agent) => {
      try {
        agent.link = await linkAgent(agent, cloud);
      } catch (error) {
        failures[error.message] = (failures[error.message] ?? 0) + 1;
      }
    });
    lost = 0; // what failed is told; what closes from now on was linked
    return { linked: agents.filter(({ link }) => link !== undefined).length, failures };
  },

  count: () => ({ lost }),

  /** Ends one link without a word, as a machine that loses power behind a router does, or one whose kernel still says RST. */
  async cut({ index, how, keepaliveSeconds }) {
    const agent = agents[index];
    agent.link?.end();
    const link = await linkAgent({ ...agent, keepaliveSeconds, onClosed: () => undefined }, cloud);
    link.ping();
    if (how === 'reset') link.end();
    return { id: agent.id, at: monotonicMilliseconds() };
  },
};

/** At most so many at once; the next one starts when one is done. */
async function eachOf(all, atOnce, work) {
  const rest = all.values();
  const worker = async () => {
    for (const one of rest) await work(one);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

// The same clock in every process of the machine.
function monotonicMilliseconds() {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

process.on('message', async ({ order, ...details }) => {
  try {
    process.send({ result: (await orders[order](details)) ?? {} });
  } catch (error) {
    process.send({ fault: error.message });
  }
});
process.on('disconnect', () => process.exit());

// Agents say PINGREQ after 45 s of 60 (transcript 2). Not all in the same second.
const KEEPALIVE_SECONDS = 60;
const PING_SECONDS = 45;
let second = 0;
setInterval(() => {
  second += 1;
  for (let index = second % PING_SECONDS; index < agents.length; index += PING_SECONDS) agents[index].link?.ping();
}, 1000);
