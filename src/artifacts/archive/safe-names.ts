import { posix } from 'node:path';

/** A name that must not be used, and why. */
export class UnsafeName extends Error {}

/** The path below the destination, without its leading names; undefined when nothing is left of it. Throws UnsafeName. */
export function safePath(path: string, stripComponents: number): string | undefined {
  const shown = visible(path);
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (path.startsWith('/')) throw new UnsafeName(`${shown} is an absolute path.`);
  if (names.includes('..')) throw new UnsafeName(`${shown} leads out of its directory.`);
  // A line feed in a name is a lie in every list of names.
  if (hasControls(path)) throw new UnsafeName(`The name ${shown} has control characters.`);
  if (names.length > mostNames || names.some((name) => Buffer.byteLength(name) > longestName)) {
    throw new UnsafeName(`The name ${shown} is too long.`);
  }
  const left = names.slice(stripComponents);
  return left.length === 0 ? undefined : left.join('/');
}

/**
 * Where a link may lead: up with leading `..`, never above the destination, then down. A `..` further on could climb out through another link.
 * Throws UnsafeName.
 */
export function safeTarget(path: string, target: string): string {
  const names = target.split('/').filter((name) => name !== '' && name !== '.');
  const ups = names.findIndex((name) => name !== '..');
  const down = ups < 0 ? [] : names.slice(ups);
  const depth = path.split('/').length - 1;
  if (posix.isAbsolute(target) || target === '' || names.length - down.length > depth || down.includes('..')) {
    throw new UnsafeName(`The link ${path} leads out of its directory, to ${visible(target)}.`);
  }
  if (hasControls(target) || names.length > mostNames || Buffer.byteLength(target) > longestTarget) {
    throw new UnsafeName(`The link ${path} leads to a name that no file can have.`);
  }
  return target;
}

function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

/** For a message: on one line, and not endless. */
function visible(text: string): string {
  const plain = text.replaceAll(/\p{Cc}/gu, '?');
  return plain.length > 200 ? `${plain.slice(0, 200)}…` : plain;
}

// Linux: NAME_MAX. Its PATH_MAX of 4096 is for the whole path, and no source tree is this deep.
const longestName = 255;
const longestTarget = 1024;
const mostNames = 64;
