// The Cloud that bench-cloud.mjs measures, in a process of its own: `node bench-cloud-process.mjs DATA-DIRECTORY`. Tells over IPC where it
// listens, and each link that ended.
import { startCloud } from '../src/standin/cloud/server.ts';

const [, , dataDirectory] = process.argv;
const onEvent = (event) => {
  if (event.kind === 'offline') process.send({ offline: event.id, at: Number(process.hrtime.bigint() / 1000n) / 1000 });
  if (event.kind === 'fault') console.error(event.error);
};
const { url, caFile, adminToken } = await startCloud({ host: '127.0.0.1', port: 0, dataDirectory, onEvent });
process.send({ listening: { port: Number(new URL(url).port), caFile, adminToken } });
process.on('disconnect', () => process.exit());
