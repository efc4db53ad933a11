// The rows of scripts/bench.mjs about `kickstart cloud` under load: one process, and simulated agents in two others, all over loopback.
import { fork } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inScratch } from './bench-scratch.mjs';

const TOKEN = 'bench-token';
const ROOM = randomUUID();
const CLIENT_PROCESSES = 2;
// A process links so many at the same time: agents of a fleet come back together when the Cloud does.
const CLAIMS_AT_ONCE = 32;
const LINKS_AT_ONCE = 64;
const CUTS = 5;
const SILENT_KEEPALIVE_SECONDS = 4;
// proc(5) counts in USER_HZ, which is 100 on every machine that Node runs on.
const TICK_MILLISECONDS = 10;
// Ports of one address are 28,000, and limits are for addresses. All of 127.0.0.0/8 is this machine.
const AGENTS_PER_ADDRESS = 50;

/** For a load of so many agents, watched for so long. */
export function cloudRows({ say, median, milliseconds, load: { agents: wished, holdSeconds } }) {
  return inScratch(async (dataDirectory) => {
    const agents = Math.min(wished, openFilesLimit() - 500);
    const rows = agents < wished ? [fewerRow(wished, agents)] : [];
    writeFileSync(
      join(dataDirectory, 'space.json'),
      JSON.stringify({ name: 'Bench', token: TOKEN, rooms: [{ id: ROOM, name: 'All nodes' }] }),
    );
    let cloud = await startedCloud(dataDirectory);
    const fleet = startFleet();
    try {
      await fleet.prepare(agents, cloud);
      say(`cloud: ${agents} claims`);
      rows.push(...(await claimRows({ fleet, cloud, agents, milliseconds })));
      say(`cloud: killing it, and starting it again with ${agents} nodes`);
      cloud.kill();
      const restart = await restartedCloud(dataDirectory);
      cloud = restart.cloud;
      await fleet.all('move', { port: cloud.port });
      rows.push(
        {
          name: `restart after kill -9 with ${agents} known nodes, until it answers`,
          ours: milliseconds(restart.time),
          aim: '< 3 s',
        },
        {
          name: 'claims answered with 204 that it still knows after kill -9',
          ours: `${await knownNodes(cloud)}`,
          aim: `${agents}`,
        },
      );
      say(`cloud: linking ${agents} agents, then ${holdSeconds} s of watching them`);
      rows.push(...(await linkRows({ fleet, cloud, agents, holdSeconds, milliseconds })));
      say('cloud: cutting links');
      const resets = await cutTimes(fleet, cloud, { how: 'reset', keepaliveSeconds: 60, times: CUTS });
      const silent = await cutTimes(fleet, cloud, { how: 'silent', keepaliveSeconds: SILENT_KEEPALIVE_SECONDS, times: 1 });
      const limit = SILENT_KEEPALIVE_SECONDS * 1.5;
      rows.push(
        { name: 'link that breaks with a reset, until it is offline', ours: milliseconds(median(resets)) },
        {
          name: `link that falls silent with a keepalive of ${SILENT_KEEPALIVE_SECONDS} s, until it is offline`,
          ours: milliseconds(median(silent)),
          aim: `${limit} s (1.5 keepalives)`,
        },
      );
      return rows;
    } finally {
      fleet.stop();
      cloud.kill();
    }
  });
}

async function claimRows({ fleet, cloud, agents, milliseconds }) {
  const before = cloud.cpu();
  const start = performance.now();
  const results = await fleet.all('claim', { atOnce: CLAIMS_AT_ONCE });
  const seconds = (performance.now() - start) / 1000;
  const statuses = sumOf(results.map(({ statuses }) => statuses));
  if (statuses[204] !== agents) throw new Error(`claims were answered with ${JSON.stringify(statuses)}`);
  return [
    {
      name: 'claims in a second, each on disk and over a TLS connection of its own',
      ours: (agents / seconds).toFixed(0),
      aim: '≥ 500',
    },
    { name: 'CPU time of the Cloud for a claim', ours: milliseconds((cloud.cpu() - before) / agents) },
  ];
}

async function linkRows({ fleet, cloud, agents, holdSeconds, milliseconds }) {
  const idle = { memory: cloud.memory('VmRSS'), cpu: cloud.cpu() };
  const start = performance.now();
  const results = await fleet.all('link', { atOnce: LINKS_AT_ONCE });
  const seconds = (performance.now() - start) / 1000;
  const cpu = cloud.cpu() - idle.cpu;
  const linked = results.reduce((sum, result) => sum + result.linked, 0);
  const failures = sumOf(results.map(({ failures }) => failures));
  const because = linked === agents ? '' : `: ${JSON.stringify(failures)}`;
  await delay(holdSeconds * 1000);
  const lost = (await fleet.all('count')).reduce((sum, result) => sum + result.lost, 0);
  const each = (cloud.memory('VmRSS') - idle.memory) / linked;
  return [
    { name: `agents linked at once, each with its node id${because}`, ours: `${linked}`, aim: `${agents}` },
    { name: 'links made in a second, four TLS connections each', ours: (linked / seconds).toFixed(0) },
    { name: 'CPU time of the Cloud for a link', ours: milliseconds(cpu / linked) },
    { name: `links dropped in ${holdSeconds} s`, ours: `${lost}`, aim: '0' },
    { name: 'peak memory (RSS) of the Cloud', ours: `${(cloud.memory('VmHWM') / 1024).toFixed(0)} MB`, aim: '< 1536 MB' },
    { name: 'memory (RSS) that a link adds', ours: `${each.toFixed(0)} kB` },
  ];
}

async function cutTimes(fleet, cloud, { how, keepaliveSeconds, times }) {
  const waits = [];
  for (let index = 0; index < times; index += 1) {
    const { id, at } = await fleet.one('cut', { index, how, keepaliveSeconds });
    waits.push((await cloud.offline(id, at)) - at);
  }
  return waits;
}

async function restartedCloud(dataDirectory) {
  const start = performance.now();
  const cloud = await startedCloud(dataDirectory);
  try {
    await cloud.answer('GET', '/api/v1/env');
    return { cloud, time: performance.now() - start };
  } catch (error) {
    cloud.kill();
    throw error;
  }
}

async function knownNodes(cloud) {
  const { nodes } = JSON.parse(await cloud.answer('GET', '/standin/v1/nodes'));
  return nodes.length;
}

/** A Cloud in a process of its own, listening. */
async function startedCloud(dataDirectory) {
  const child = fork(join(import.meta.dirname, 'bench-cloud-process.mjs'), [dataDirectory]);
  const ended = [];
  const watchers = new Set();
  const { promise, resolve, reject } = Promise.withResolvers();
  child.on('exit', () => reject(new Error('the Cloud did not start')));
  child.on('message', (message) => {
    if (message.listening) resolve(message.listening);
    if (!message.offline) return;
    ended.push(message);
    for (const watch of watchers) watch();
  });
  const { port, caFile, adminToken } = await promise;
  const ca = readFileSync(caFile, 'utf8');
  return {
    port,
    ca,
    kill: () => child.kill('SIGKILL'),
    /** kB. */
    memory: (row) => Number(new RegExp(`^${row}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]),
    /** Milliseconds of all its threads: what a busy machine does not change. */
    cpu() {
      const [, text] = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ');
      const fields = text.split(' ');
      return (Number(fields[11]) + Number(fields[12])) * TICK_MILLISECONDS;
    },
    /** When the link of this node ended, at or after the time. Throws when that does not happen within 30 s. */
    async offline(id, after) {
      const limit = AbortSignal.timeout(30_000);
      for (;;) {
        // Sent before it was noted by the other process: the two cross each other.
        const found = ended.find(({ offline, at }) => offline === id && at >= after - 1);
        if (found) return found.at;
        const next = Promise.withResolvers();
        watchers.add(next.resolve);
        limit.addEventListener('abort', () => next.reject(new Error('a link that was cut is still online after 30 s')));
        await next.promise.finally(() => watchers.delete(next.resolve));
      }
    },
    async answer(method, path) {
      const question = request({ host: '127.0.0.1', port, ca, method, path, headers: { authorization: `Bearer ${adminToken}` } });
      question.end();
      const [response] = await once(question, 'response');
      if (response.statusCode !== 200) throw new Error(`${method} ${path} was answered with ${response.statusCode}`);
      return Buffer.concat(await response.toArray()).toString();
    },
  };
}

/** The processes with the agents. */
function startFleet() {
  const children = Array.from({ length: CLIENT_PROCESSES }, () => {
    const child = fork(join(import.meta.dirname, 'bench-cloud-agents.mjs'));
    const gone = once(child, 'exit').then(([code]) => ({ fault: `a process with agents ended with ${code}` }));
    return { child, gone };
  });
  const ask = async ({ child, gone }, order, details = {}) => {
    child.send({ order, ...details });
    const answer = Promise.withResolvers();
    child.once('message', answer.resolve);
    const { result, fault } = await Promise.race([answer.promise, gone]);
    if (fault) throw new Error(fault);
    return result;
  };
  return {
    one: (order, details) => ask(children[0], order, details),
    all: (order, details) => Promise.all(children.map((child) => ask(child, order, details))),
    async prepare(agents, { port, ca }) {
      // One key for all: making 10,000 takes longer than everything else, and the Cloud does not mind.
      const keys = generateKeyPairSync('rsa', {
        modulusLength: 2048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      });
      const shared = { port, ca, token: TOKEN, room: ROOM, ...keys };
      const everyone = Array.from({ length: agents }, (_, index) => ({ id: randomUUID(), address: addressOf(index) }));
      const shares = children.map((_, number) => everyone.filter((_, index) => index % children.length === number));
      await Promise.all(
        children.map((child, number) => {
          const ids = shares[number].map(({ id }) => id);
          const addresses = shares[number].map(({ address }) => address);
          return ask(child, 'prepare', { ...shared, ids, addresses });
        }),
      );
    },
    stop() {
      for (const { child } of children) child.kill('SIGKILL');
    },
  };
}

function addressOf(index) {
  const number = Math.floor(index / AGENTS_PER_ADDRESS);
  return `127.0.${1 + Math.floor(number / 250)}.${1 + (number % 250)}`;
}

/** Node has raised its own limit to the hard one, and so will its children. */
function openFilesLimit() {
  const [, limit] = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}

function fewerRow(wished, agents) {
  return { name: `(${agents} agents instead of ${wished}: ulimit -Hn allows no more open files)`, ours: '-' };
}

function sumOf(counts) {
  const total = {};
  for (const [key, count] of counts.flatMap(Object.entries)) total[key] = (total[key] ?? 0) + count;
  return total;
}
