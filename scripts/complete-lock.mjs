// `node scripts/complete-lock.mjs` after npm install: writes the platform packages that npm left out into package-lock.json.
// A registry that holds only some platforms answers 404 for the others; npm then leaves them out of the lock file, and `npm ci`
// refuses such a file everywhere (seen with npm 11.19.1). They are written without a checksum, which nobody here could know.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SYSTEM = /\b(android|darwin|linux|win32|freebsd|openharmony|openbsd|netbsd|sunos|aix)\b/;
const PROCESSOR = /\b(arm64|x64|ia32|arm|ppc64|riscv64|s390x|wasm32|loong64|mips64el)\b/;

/** Paths in the lock file → entries, for optional dependencies that no entry satisfies. Only exact versions, as platform packages have. */
export function missingEntries({ packages }) {
  const missing = {};
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!/^\d/.test(version) || nearest(packages, path, name)?.version === version) continue;
      const beside = `${path.slice(0, path.lastIndexOf('node_modules/'))}node_modules/${name}`;
      missing[packages[beside] ? `${path}/node_modules/${name}` : beside] = platformEntry(name, version, entry);
    }
  }
  return missing;
}

/** What `path` gets when it asks for `name`: its own, or the first on the way up. */
function nearest(packages, path, name) {
  const place = path === '' ? '' : `${path}/`;
  const found = packages[`${place}node_modules/${name}`];
  return found || path === ''
    ? found
    : nearest(packages, path.slice(0, Math.max(0, path.lastIndexOf('node_modules/') - 1)), name);
}

function platformEntry(name, version, { dev, license }) {
  const platform = name.replace(/^@[^/]+\//, '');
  const system = SYSTEM.exec(platform)?.[1];
  const libc = platform.includes('musl') ? 'musl' : 'glibc';
  return {
    version,
    cpu: [PROCESSOR.exec(platform)?.[1] ?? 'none'],
    ...(dev && { dev }),
    ...(license && { license }),
    ...(system === 'linux' && { libc: [libc] }),
    optional: true,
    ...(system && { os: [system] }),
  };
}

if (import.meta.main) {
  const file = join(import.meta.dirname, '../package-lock.json');
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const missing = missingEntries(lock);
  const entries = Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(entries) }, null, 2)}\n`);
  console.log(`Added ${Object.keys(missing).length} platform packages.`);
}
