import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { start } from './shell-run.ts';

const root = resolve(import.meta.dirname, '../..');
const program = `
async function main() {
  if (process.argv[2] === 'lazy') console.log(typeof (await import(${JSON.stringify(join(root, 'node_modules/tar/dist/esm/index.js'))})).create);
  else console.log('ready');
}
void main();
`;

let place: string;

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'build-'));
  writeFileSync(join(place, 'main.ts'), program);
  build('one');
});

afterAll(() => rmSync(place, { recursive: true, force: true }));

test('makes the bundle, its archive, the stamped kickstart.sh and their checksums, and nothing else', () => {
  expect(readdirSync(join(place, 'one')).sort()).toEqual(['SHA256SUMS', 'kickstart', 'kickstart.sh', 'kickstart.tar.gz']);
  const { status } = spawnSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: join(place, 'one') });
  expect(status).toBe(0);
});

test('what is imported lazily is no part of the file that starts', () => {
  const bundle = join(place, 'one/kickstart/kickstart.cjs');
  expect(readFileSync(bundle).length).toBeLessThan(4000);
  expect(execFileSync(process.execPath, [bundle], { encoding: 'utf8' })).toBe('ready\n');
  expect(execFileSync(process.execPath, [bundle, 'lazy'], { encoding: 'utf8' })).toBe('function\n');
});

test('the licences of the libraries in it go with it', () => {
  const licences = readFileSync(join(place, 'one/kickstart/THIRD-PARTY-LICENSES'), 'utf8');
  expect(licences).toMatch(/^tar \d+\.\d+\.\d+: BlueOak-1\.0\.0$/m);
  expect(licences).toContain('Blue Oak Model License');
  expect(licences).not.toMatch(/^undici /m);
});

test('the page of the Cloud lies beside the bundle, as it is sent', () => {
  const page = join(root, 'src/standin/cloud/page');
  expect(readdirSync(join(place, 'one/kickstart/cloud-page')).sort()).toEqual(readdirSync(page).sort());
  const [built, source] = [join(place, 'one/kickstart/cloud-page'), page].map((at) => readFileSync(join(at, 'main.js'), 'utf8'));
  expect(built).toBe(source);
});

test('the same sources give the same bytes', () => {
  build('two');
  for (const file of ['SHA256SUMS', 'kickstart.sh', 'kickstart/kickstart.cjs']) {
    expect(readFileSync(join(place, 'two', file), 'utf8'), file).toBe(readFileSync(join(place, 'one', file), 'utf8'));
  }
});

test('the stamped kickstart.sh runs the archive that was built with it', async () => {
  const server = createServer((_request, answer) => answer.end(readFileSync(join(place, 'one/kickstart.tar.gz'))));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server's address is never text
    const environment = { PATH: `${join(process.execPath, '..')}:${process.env.PATH}`, TMPDIR: place, KICKSTART_URL: url };
    const ended = await start(['/bin/sh', join(place, 'one/kickstart.sh'), 'lazy'], environment, '', place).ended;
    expect(ended).toMatchObject({ status: 0, stdout: 'function\n' });
  } finally {
    server.close();
  }
});

test('leaves what was there when the sources do not build', () => {
  writeFileSync(join(place, 'main.ts'), "import { nothing } from './not-there.ts';\nnothing();\n");
  const { status } = spawnSync(process.execPath, buildWords('one'), { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(readdirSync(join(place, 'one')).sort()).toEqual(['SHA256SUMS', 'kickstart', 'kickstart.sh', 'kickstart.tar.gz']);
});

function build(name: string) {
  execFileSync(process.execPath, buildWords(name));
}

function buildWords(name: string): string[] {
  return [join(root, 'scripts/build.mjs'), '--entry', join(place, 'main.ts'), '--output', join(place, name)];
}
