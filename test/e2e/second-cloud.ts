import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudEvent } from '../../src/standin/cloud/cloud-event.ts';
import { type Cloud, startCloud } from '../../src/standin/cloud/server.ts';

/** Another Cloud, with a CA and a space of its own, to move a node to. */
export interface SecondCloud {
  url: string;
  token: string;
  /** For machines that do not see the host's files. */
  caFile: string;
  events: readonly CloudEvent[];
  /** From now on it takes claims and never answers them; or it answers them again. */
  hangClaims(hangs: boolean): Promise<void>;
  /** The options of a claim to it; the token goes through the environment. */
  claim: { words: readonly string[]; environment: Record<string, string> };
  close(): Promise<void>;
}

/** Before the machine that is to see its CA: what appears below an overlay later need not be seen in it. */
export async function startSecondCloud(): Promise<SecondCloud> {
  const directory = mkdtempSync(join(tmpdir(), 'kickstart-second-cloud-'));
  chmodSync(directory, 0o755);
  const events: CloudEvent[] = [];
  const cloud = await startCloud({
    ...{ host: '127.0.0.1', port: 0, dataDirectory: join(directory, 'cloud') },
    onEvent: (event) => void events.push(event),
  });
  const caFile = join(directory, 'ca.pem');
  copyFileSync(cloud.caFile, caFile);
  const { token = '', rooms = [] } = cloud.first ?? {};
  return {
    caFile,
    url: cloud.url,
    token,
    events,
    claim: {
      words: ['--claim-rooms', rooms[0]?.id ?? '', '--claim-url', cloud.url, '--ca-file', caFile],
      environment: { NETDATA_CLAIM_TOKEN: token },
    },
    hangClaims: (hangs) => misbehave(cloud, hangs),
    async close() {
      await cloud.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function misbehave({ url, caFile, adminToken }: Cloud, hangs: boolean): Promise<void> {
  const asked = request(`${url}/standin/v1/misbehaviour`, {
    method: hangs ? 'PUT' : 'DELETE',
    headers: { authorization: `Bearer ${adminToken}` },
    ca: readFileSync(caFile),
  });
  asked.end(hangs ? JSON.stringify({ endpoint: 'claim', hang: true }) : '');
  const [answer]: IncomingMessage[] = await once(asked, 'response');
  answer?.resume();
  if (answer?.statusCode !== 204) throw new Error(`The Cloud answered with ${answer?.statusCode}.`);
}
