// Builds the libraries of the agent-cloud link on the machine that it runs on, into a cache.   node fill-cache.ts CACHE
import { libraries, withScratch } from './prepare.ts';

const [cache] = process.argv.slice(2);
await withScratch((directory) => libraries(directory, cache));
