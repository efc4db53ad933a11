import { join } from 'node:path';
import { readIfThere, writeDurably } from './durable-file.ts';
import { randomSecret } from './secrets.ts';

/** The operator's key for the admin API, kept in `admin-token`. */
export async function loadAdminToken(dataDirectory: string): Promise<string> {
  const path = join(dataDirectory, 'admin-token');
  const kept = (await readIfThere(path))?.trim();
  if (kept !== undefined && kept !== '') return kept;
  const token = randomSecret();
  await writeDurably(path, `${token}\n`);
  return token;
}
