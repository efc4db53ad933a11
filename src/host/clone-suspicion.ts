import type { ReadableSystem } from '../system/system.ts';
import type { AgentSettings } from './agent-configuration.ts';
import { readAgentFile } from './allowed-reads.ts';
import { parseConfiguration } from './configuration-text.ts';

/**
 * Why this machine may be a copy of another, as a sentence: copies share machine GUID and claim, and no agent notices.
 * Only what is on the disk counts: a claim that names another GUID or host, or a GUID that was made with a network card that is not here.
 * Source: spec/claiming-and-link.md 2.6, 3.3 and 3.7; RFC 9562 5.1.
 */
export async function cloneSuspicion(
  { registryFile, claimDirectory }: Pick<AgentSettings, 'registryFile' | 'claimDirectory'>,
  system: ReadableSystem,
): Promise<string | undefined> {
  const [guidText, configuration, hostname] = await Promise.all(
    [registryFile, `${claimDirectory}/cloud.conf`, '/proc/sys/kernel/hostname'].map((path) => readAgentFile(path, system)),
  );
  const guid = guidText?.trim().toLowerCase();
  const claimed = parseConfiguration(configuration ?? '').get('global');
  const [claimedGuid, claimedHost] = [claimed?.get('machine_guid')?.toLowerCase(), claimed?.get('hostname')];
  if (guid && claimedGuid && claimedGuid !== guid) {
    return `The claim that is here was made for the machine GUID ${claimedGuid}, and this machine has ${guid}: the files may come from another machine.`;
  }
  if (claimedHost && hostname && claimedHost !== hostname.trim()) {
    return `The claim that is here was made when this machine was called ${claimedHost}: it may be a copy of that machine. ${advice}`;
  }
  const card = cardOf(guid ?? '');
  if (card === undefined || (await cards(system)).has(card)) return undefined;
  return `The machine GUID was made with the network card ${card}, which this machine does not have: it may be a copy of another machine. ${advice}`;
}

const advice = 'If it is one, claim it with --new-id, and remove the machine GUID first.';

/** The network card in a GUID of version 1. One with the lowest bit of its first byte set is a random number in the place of a card. */
function cardOf(guid: string): string | undefined {
  const [, node = ''] = /^[\da-f]{8}-[\da-f]{4}-1[\da-f]{3}-[89ab][\da-f]{3}-([\da-f]{12})$/.exec(guid) ?? [];
  if (node === '' || Number.parseInt(node.slice(0, 2), 16) % 2 === 1) return undefined;
  return node.replace(/(..)(?!$)/g, '$1:');
}

async function cards(system: ReadableSystem): Promise<ReadonlySet<string>> {
  const names = (await system.list('/sys/class/net')) ?? [];
  const addresses = await Promise.all(names.map((name) => readAgentFile(`/sys/class/net/${name}/address`, system)));
  const known = addresses.flatMap((address) => address?.trim().toLowerCase() || []);
  return new Set(known);
}
