import type { ReadableSystem } from '../system/system.ts';

interface AskedCloud {
  url: string;
  caFile: string;
  adminTokenFile: string;
}

/** What the stand-in Cloud says of its one node, in a line. Throws when it says that the node is not online. */
export async function nodeSeenByCloud({ url, caFile, adminTokenFile }: AskedCloud, system: ReadableSystem): Promise<string> {
  const adminToken = (await system.readFile(adminTokenFile))?.trim();
  const answer = await system.get({ url: `${url}/standin/v1/nodes`, headers: { authorization: `Bearer ${adminToken}` }, caFile });
  const { nodes } = JSON.parse(answer.body) as { nodes: readonly SeenNode[] };
  const [node] = nodes;
  if (node?.link.state !== 'online') throw new Error(`The Cloud does not see the node online: ${answer.body}`);
  const { id, hostname, link, agentVersion, rooms } = node;
  const how = `over ${link.transport}, MQTT level ${link.mqttLevel}`;
  // Agents before 2.3 tell it later than that they are online.
  const agent = agentVersion === undefined ? '' : `, agent ${agentVersion}`;
  return `  ✓ The Cloud says: node ${id} (${hostname}) is online ${how}${agent}, rooms ${rooms.join(', ')}`;
}

// The shape is what src/standin/cloud/admin-api.ts answers; a cast, because both ends are ours and of one build.
interface SeenNode {
  id: string;
  hostname: string;
  rooms: readonly string[];
  agentVersion?: string;
  link: { state: string; transport?: string; mqttLevel?: number };
}
