// What kickstart knows about this machine, as JSON: `node scripts/record-host.mjs [ROOT] > test/fixtures/hosts/NAME.json`.
// It needs Node 24 and changes nothing. How many programs it started, and how long it took, goes to standard error.
import { systemCopies } from '../src/artifacts/system-copies.ts';
import { gatherHostFacts } from '../src/host/facts.ts';
import { createRealSystem } from '../src/system/real-system.ts';

const root = process.argv[2] ?? '/opt/netdata';
const commands = [];
const real = createRealSystem({ environment: process.env });
const system = { ...real, query: (command) => counted(command) };

const started = performance.now();
const question = {
  root,
  stateDirectory: '/var/lib/kickstart/record-host',
  build: { claims: false, workDirectory: '/var/cache/kickstart/work', libraries: systemCopies },
  path: process.env.PATH,
};
const facts = await gatherHostFacts(question, system);
const milliseconds = Math.round(performance.now() - started);

const day = new Date().toISOString().slice(0, 10);
const source = `recorded by scripts/record-host.mjs on ${day}; the host name is left out`;
console.log(JSON.stringify({ source, ...facts, hostname: 'recorded' }, undefined, 2));
console.error(`${milliseconds} ms, ${commands.length} child processes:\n${commands.map((line) => `  ${line}`).join('\n')}`);

async function counted(command) {
  const begun = performance.now();
  const result = await real.query(command);
  commands.push(`${Math.round(performance.now() - begun)} ms  ${[command.program, ...command.arguments].join(' ')}`);
  return result;
}
