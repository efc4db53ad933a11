// Who may import whom: architecture.md section 5 as a table. `node scripts/check-imports.mjs [ROOT]` prints what breaks it.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

// `types:` allows `import type` only. `contract` is what everybody holds of the boundary: its types, Secret, HttpFailure, how a process is named, how a directory
// of all installs is marked, how a proxy's login is written, who can change what is on the way to a path, and what may be printed.
const contract = [
  'errors',
  'types:system',
  'system/system',
  'system/secret',
  'system/process-start',
  'system/shared-directory',
  'system/proxy-login',
  'system/way-in',
  'system/printable',
];
const ALLOWED = {
  errors: [],
  system: ['errors', 'node:*', 'execa', 'undici'],
  host: [...contract, 'node:path'],
  artifacts: [...contract, 'node:path', 'node:crypto', 'node:zlib', 'node:stream*', 'tar'],
  cloud: [...contract, 'node:path', 'node:crypto'],
  // The catalog is a table, like those in host.
  plan: [
    'errors',
    'host',
    'artifacts/catalog',
    'system/shared-directory',
    'semver',
    'types:system',
    'types:artifacts',
    'types:cloud',
    'types:steps',
  ],
  steps: [...contract, 'node:path', 'host', 'artifacts', 'cloud', 'semver'],
  engine: [...contract, 'node:path', 'types:plan', 'steps/step', 'steps/definition'],
  standin: [
    'errors',
    'system',
    'cloud/wire',
    'node:*',
    'ws',
    'mqtt-packet',
    '@peculiar/x509',
    'reflect-metadata',
    'semver',
    'tar',
  ],
  cli: ['*'],
  main: ['*'],
};
// What only these folders or files may do, whatever the table above says.
const ONLY = [
  { import: /^(listr2|ora)$/, by: ['cli'] },
  { import: /^(execa|undici)$/, by: ['system'] },
  { import: /^node:(fs(\/.*)?|child_process)$/, by: ['system', 'standin'] },
  { code: /\bSecret\.reveal\(/, means: 'Secret.reveal', by: ['system'] },
  { code: /\bprocess\.(argv|env)\b/, means: 'process.argv and process.env', by: ['main', 'cli/options'] },
];
const IMPORT = /^\s*(?:import|export)\s+(type\b)?([^'";]*?\bfrom\s*)?'([^']+)'|\bimport\(\s*'([^']+)'/gm;

/** One sentence for each thing in ROOT/src that breaks a rule. */
export function brokenRules(root) {
  const sources = globSync('src/**/*.ts', { cwd: root })
    .sort()
    .map((path) => readSource(root, path));
  return [...sources.flatMap(brokenRulesOf), ...cycles(sources)];
}

function readSource(root, path) {
  const text = readFileSync(join(root, path), 'utf8');
  const imports = [...text.matchAll(IMPORT)].map(([, type, clause, from, lazy]) => ({
    typeOnly: Boolean(type && clause),
    target: nameOf(path, from ?? lazy),
  }));
  const name = relative('src', path).replace(/\.ts$/, '');
  return { path, name, folder: name.split('/')[0], imports, code: text.replace(/^\s*(\/\/|\/?\*).*$/gm, '') };
}

function nameOf(path, from) {
  return from.startsWith('.') ? relative('src', join(dirname(path), from)).replace(/\.ts$/, '') : from;
}

function brokenRulesOf({ path, name, folder, imports, code }) {
  const allowed = ALLOWED[folder];
  if (!allowed) return [`${path}: ${folder} is not a folder of the architecture.`];
  const broken = [];
  if (/(^|\/)index$/.test(name)) broken.push(`${path}: no index.ts.`);
  if (/^export\s+(default\b|\{[^}]*\bas default\b)/m.test(code)) broken.push(`${path}: no default export.`);
  for (const { target, typeOnly } of imports) {
    if (target.startsWith('..') || target.split('/')[0] === folder) continue; // package.json, and the folder's own files
    const only = ONLY.find((row) => row.import?.test(target));
    if (only && !isBy(only, folder, name)) broken.push(`${path}: only ${only.by.join(' and ')} may import ${target}.`);
    else if (!allowed.some((entry) => covers(entry, target, typeOnly))) {
      const asType = allowed.some((entry) => covers(entry, target, true)) ? ', but for `import type`' : '';
      broken.push(`${path}: ${folder} may not import ${target}${asType}.`);
    }
  }
  for (const row of ONLY) {
    if (row.code?.test(code) && !isBy(row, folder, name))
      broken.push(`${path}: only ${row.by.join(' and ')} may use ${row.means}.`);
  }
  return broken;
}

function isBy({ by }, folder, name) {
  return by.includes(folder) || by.includes(name);
}

function covers(entry, target, typeOnly) {
  if (entry.startsWith('types:')) return typeOnly && covers(entry.slice('types:'.length), target, typeOnly);
  return entry.endsWith('*') ? target.startsWith(entry.slice(0, -1)) : target === entry || target.startsWith(`${entry}/`);
}

/** Folders that import each other, straight or around corners; an import of types counts too. */
function cycles(sources) {
  const edges = new Map(Object.keys(ALLOWED).map((folder) => [folder, new Set()]));
  for (const { folder, imports } of sources) {
    for (const { target } of imports) if (edges.has(target.split('/')[0])) edges.get(folder)?.add(target.split('/')[0]);
  }
  const reaches = (from, to, seen = new Set()) =>
    [...edges.get(from)].some((next) => next !== from && (next === to || (!seen.has(next) && reaches(next, to, seen.add(next)))));
  const inCycle = [...edges.keys()].filter((folder) => reaches(folder, folder));
  return inCycle.length === 0 ? [] : [`src: the folders ${inCycle.join(', ')} import each other.`];
}

if (import.meta.main) {
  const broken = brokenRules(resolve(process.argv[2] ?? join(import.meta.dirname, '..')));
  for (const sentence of broken) console.log(sentence);
  process.exitCode = broken.length === 0 ? 0 : 1;
}
