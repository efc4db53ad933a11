import { createPrivateKey, X509Certificate } from 'node:crypto';
import { KickstartError } from '../errors.ts';
import type { CloudOptions } from '../standin/cloud/server.ts';
import { absolutePath } from './absolute-path.ts';
import type { CommandLine } from './options.ts';
import type { World } from './world.ts';

/** The pair of `--tls-cert FILE --tls-key FILE`. Throws USAGE_CONFLICT for one alone, USAGE_INVALID_VALUE for two that do not match. */
export async function cloudCertificate(line: CommandLine, world: World): Promise<Pick<CloudOptions, 'tls'>> {
  const [certificatePath, keyPath] = [line.values['tls-cert'], line.values['tls-key']];
  if (certificatePath === undefined && keyPath === undefined) return {};
  if (certificatePath === undefined || keyPath === undefined) {
    throw new KickstartError('USAGE_CONFLICT', {
      what: `There is --${keyPath === undefined ? 'tls-cert' : 'tls-key'} alone.`,
      why: 'A certificate is of no use without its key, and a key without its certificate.',
      next: 'Give both, or none: then the Cloud makes its own.',
    });
  }
  const certificateFile = absolutePath(certificatePath, world);
  const certificate = await content('tls-cert', certificateFile, world);
  const key = await content('tls-key', absolutePath(keyPath, world), world);
  const parsed = parse('tls-cert', certificateFile, () => new X509Certificate(certificate));
  const privateKey = parse('tls-key', keyPath, () => createPrivateKey(key));
  if (parsed.checkPrivateKey(privateKey)) return { tls: { certificate, key, certificateFile } };
  throw new KickstartError('USAGE_INVALID_VALUE', {
    what: `The key in ${keyPath} is not the one of the certificate in ${certificatePath}.`,
    why: `The certificate is for ${parsed.subject.replaceAll('\n', ', ') || 'nobody by name'}; the first one in the file is the one that counts.`,
    next: 'Give the two files that were made together, the certificate of the server first in its file.',
  });
}

type PairOption = 'tls-cert' | 'tls-key';

async function content(option: PairOption, path: string, { system }: World): Promise<string> {
  const text = await system.readFile(path);
  if (text !== undefined) return text;
  throw unusable(option, path, 'There is no such file.');
}

function parse<Value>(option: PairOption, path: string, parsed: () => Value): Value {
  try {
    return parsed();
  } catch (error) {
    throw unusable(option, path, 'It is not PEM, or the key in it is encrypted.', error);
  }
}

function unusable(option: PairOption, path: string, why: string, cause?: unknown): KickstartError {
  return new KickstartError('USAGE_INVALID_VALUE', {
    what: `--${option} ${path} cannot be used.`,
    why,
    next: 'Give the certificate and its key, not encrypted, in PEM.',
    cause,
  });
}
