// One fetch as an install does it, for scripts/bench-fetch.mjs, in a process of its own: URL SHA-256 DIRECTORY. Prints its milliseconds.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fetchArtifact } from '../src/artifacts/fetch/fetch.ts';
import { createRealSystem } from '../src/system/real-system.ts';

const [url, sha256, directory] = process.argv.slice(2);
const workDirectory = join(directory, 'work');
mkdirSync(workDirectory);
const start = performance.now();
// No await: a bundle in CommonJS has none at its top.
fetchArtifact(
  {
    title: 'large 1.0',
    sources: [{ from: 'url', url }],
    ...{ sha256, workDirectory, path: join(directory, 'cache/large.tar.gz') },
    unpack: { destination: join(directory, 'tree'), stripComponents: 1 },
  },
  { system: createRealSystem({ environment: {} }), signal: new AbortController().signal, progress() {} },
).then(() => console.log(performance.now() - start));
