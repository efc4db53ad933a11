import type { HttpStream } from '../../system/system.ts';

/** What an answer is for somebody who has the first bytes of the file already. */
export type Answer =
  | { is: 'bytes'; skipBytes: number; totalBytes: number | undefined; validator: string | undefined }
  /** What is here does not go on like this: it is to be thrown away. */
  | { is: 'other-file' }
  | { is: 'refusal' };

interface Had {
  from: number;
  totalBytes: number | undefined;
  validator: string | undefined;
}

/**
 * A server that ignores the range sends the whole file again: what is here is passed over, and the checksum tells whether it was the same.
 * One that says the file has another length or name of its version now, or has nothing behind what is here, has another file. Source: RFC 9110 14.2, 15.3.7, 15.5.17.
 */
export function answerOf(stream: HttpStream, had: Had): Answer {
  const { status, from, totalBytes = had.totalBytes } = stream;
  if (status === 416 && had.from > 0) return { is: 'other-file' };
  if (status !== 200 && !(status === 206 && had.from > 0)) return { is: 'refusal' };
  const sameLength = had.totalBytes === undefined || had.totalBytes === totalBytes;
  const isLongEnough = totalBytes === undefined || totalBytes >= had.from;
  const goesOn = status === 200 || from === had.from;
  const validator = validatorOf(stream.headers);
  const sameFile = had.validator === undefined || validator === undefined || validator === had.validator;
  if (!sameLength || !isLongEnough || !goesOn || !sameFile) return { is: 'other-file' };
  return { is: 'bytes', skipBytes: status === 200 ? had.from : 0, totalBytes, validator };
}

/** A strong validator for If-Range; a weak one says nothing about bytes. Source: RFC 9110 13.1.5. */
function validatorOf(headers: HttpStream['headers']): string | undefined {
  const { etag, 'last-modified': lastModified } = headers;
  return etag?.startsWith('"') ? etag : lastModified;
}
