import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answer } from '../answer.ts';
import { securityHeaders } from './security-headers.ts';

/** A file of the page, as it is sent. */
interface PageFile {
  text: string;
  type: string;
  etag: string;
}

/** By path; there is nothing that a path could lead out of. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/** The files of the page, from the executable, the bundle or the sources. Throws when one is missing. */
export function loadPageFiles(): PageFiles {
  const read = pageReader();
  return new Map(pageFileNames.map((name) => [name === 'index.html' ? '/' : `/page/${name}`, pageFile(name, read(name))]));
}

export function answerFile(file: PageFile, knownTag: string | undefined): Answer {
  const headers = { ...securityHeaders, 'Cache-Control': 'no-cache', ETag: file.etag };
  if (knownTag === file.etag) return { status: 304, headers };
  return { status: 200, body: file.text, headers: { ...headers, 'Content-Type': file.type } };
}

function pageFile(name: string, text: string): PageFile {
  const type = TYPES[name.slice(name.lastIndexOf('.'))] ?? 'text/plain; charset=utf-8';
  return { text, type, etag: `"${createHash('sha256').update(text).digest('hex').slice(0, 32)}"` };
}

function pageReader(): (name: string) => string {
  const executable = process.getBuiltinModule('node:sea');
  if (executable.isSea()) return (name) => executable.getAsset(`cloud-page/${name}`, 'utf8');
  // Beside the bundle as scripts/build.mjs puts it there; otherwise in the sources, beside this folder.
  const here = dirname(fileURLToPath(import.meta.url));
  const directory = [join(here, 'cloud-page'), join(here, '../page')].find((path) => existsSync(path)) ?? here;
  return (name) => readFileSync(join(directory, name), 'utf8');
}

/** All there is: a file that is not named here is not served. */
export const pageFileNames = [
  'index.html',
  'style.css',
  'icon.svg',
  'api.js',
  'connect-command.js',
  'copyable.js',
  'elements.js',
  'expiry.js',
  'live.js',
  'main.js',
  'messages.js',
  'node-state.js',
  'sparingly.js',
  'step-list.js',
  'steps.js',
  'time.js',
  'view-connect.js',
  'view-node.js',
  'view-sign-in.js',
  'view-space.js',
  'view-spaces.js',
  'view-tokens.js',
  'watch-arrivals.js',
] as const;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
