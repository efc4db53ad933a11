/**
 * What goes over the wire between an agent and a Cloud. The only file that our claim client and the stand-in Cloud share.
 * Sources: spec/claiming-and-link.md ("sheet"), spec/agent-wire-transcript.md ("transcript"), recordings/agent-1.37.1-claim-and-link.jsonl.
 */

/** After the claim URL without its trailing slash. PUT; only 204 is success. Source: sheet 1.1; agent src/claim/claim-with-api.c. */
export function claimPath(nodeId: string): string {
  return `/api/v1/spaces/nodes/${nodeId}`;
}

/** GET at the root of the claim URL's host: agents drop the URL's path. Source: sheet 7.4. */
export const envPath = '/api/v1/env';

/** The path of `authEndpoint`, to which agents add the two below. Source: transcript 1, steps 2 to 4. */
export const authPath = '/api/v1/auth';

export function challengePath(nodeId: string): string {
  return `${authPath}/node/${nodeId}/challenge`;
}

export function passwordPath(nodeId: string): string {
  return `${authPath}/node/${nodeId}/password`;
}

/** Agents ask for this path whatever the endpoint in the answer to /env says. Source: transcript 2, TLS and addressing. */
export const mqttPath = '/mqtt';

/** Body of the claim request. `mGUID` is missing before 1.24. Source: sheet 1.1. */
export interface ClaimRequest {
  node: { id: string; hostname: string };
  token: string;
  rooms: readonly string[];
  /** PEM of an RSA-2048 SubjectPublicKeyInfo. */
  publicKey: string;
  mGUID?: string;
}

/** Body of every refusal. The 1.x script finds the key only when there is no blank around its colon. Source: sheet 1.2, 7.6. */
export interface RefusalBody {
  errorCode: string;
  errorMsgKey: string;
  errorMessage: string;
  errorNonRetryable?: boolean;
  errorRetryDelaySeconds?: number;
}

/** The keys of claim refusals with their documented statuses. Source: sheet 1.4. */
export const claimRefusalStatuses = {
  ErrInvalidNodeID: 422,
  ErrInvalidNodeName: 422,
  ErrInvalidRoomID: 422,
  ErrInvalidPublicKey: 422,
  ErrForbidden: 403,
  ErrAlreadyClaimed: 409,
  ErrProcessingClaim: 102,
  ErrInternalServerError: 500,
  ErrGatewayTimeout: 504,
  ErrServiceUnavailable: 503,
} as const;

/** Source: sheet 7.4. Other transport types than these two can crash an agent. */
export interface EnvAnswer {
  authEndpoint: string;
  encoding: 'proto' | 'json';
  capabilities: readonly string[];
  transports: readonly { type: 'MQTTv5' | 'MQTTv3'; endpoint: string }[];
  backoff: { base: number; maxSeconds: number; minSeconds: number };
}

/** 344 characters of base64: RSA-OAEP (SHA-1, MGF1-SHA-1, no label) of the secret under the claimed key. Source: sheet 7.5. */
export interface ChallengeAnswer {
  challenge: string;
}

/** `agent_version` since 2.3.0. Source: sheet 7.5. */
export interface PasswordRequest {
  response: string;
  agent_version?: string;
}

/** Must come with status 201. Source: sheet 7.5. */
export interface PasswordAnswer {
  clientID: string;
  username: string;
  password: string;
  topics: readonly { name: string; topic: string }[];
}

/** Stands in every topic of a PasswordAnswer; the agent puts its claim id there. */
export const claimIdTag = '#{claim_id}';

/** Everything of one agent is below this topic. Ours by choice, as recorded; the Cloud is free to choose. */
export function topicRoot(claimId: string): string {
  return `/agent/${claimId}`;
}

/**
 * Topic names, which are fixed, with their paths below the root. The first twenty are the recorded answer, in its order;
 * the last three are demanded since 1.39. Source: transcript 5 and sheet 7.5, the list that satisfies every version.
 */
export const topicPaths = {
  chart: '/outbound/chart',
  alarms: '/outbound/alarms',
  meta: '/outbound/meta',
  'inbox-cmd': '/inbound/cmd',
  'agent-connection': '/outbound/v1/agent-connection',
  'inbox-cmd-v1': '/inbound/v1/cmd/+',
  'create-node-instance': '/outbound/v1/node-instance/create',
  'node-instance-connection': '/outbound/v1/node-instance/connection',
  'chart-and-dims-updated': '/outbound/v1/chart/and-dims',
  'chart-configs-updated': '/outbound/v1/chart/configs',
  'reset-charts': '/outbound/v1/chart/reset',
  'chart-retention-updated': '/outbound/v1/chart/retention',
  'node-instance-info': '/outbound/v1/node-instance/info',
  'alarm-log': '/outbound/v1/alarm/log',
  'alarm-health': '/outbound/v1/alarm/health',
  'alarm-config': '/outbound/v1/alarm/config',
  'alarm-snapshot': '/outbound/v1/alarm/snapshot',
  'node-instance-collectors': '/outbound/v1/node-instance/collectors',
  'contexts-snapshot': '/outbound/v1/contexts/snapshot',
  'contexts-updated': '/outbound/v1/contexts/updated',
  'alarm-log-v2': '/outbound/v2/alarm/log',
  'alarm-checkpoint': '/outbound/v1/alarm/checkpoint',
  'alarm-snapshot-v2': '/outbound/v2/alarm/snapshot',
} as const;

export type TopicName = keyof typeof topicPaths;

/** Where the Cloud sends the message of this name; the last level is the name. Source: transcript 1, step 8. */
export function commandTopic(claimId: string, message: keyof typeof commandFields): string {
  return `${topicRoot(claimId)}/inbound/v1/cmd/${message}`;
}

/** Where the agent answers an HTTP request that came over MQTT. Source: transcript 5, S2. */
export function replyTopic(claimId: string, messageId: string): string {
  return `${topicRoot(claimId)}/outbound/chart/reply/${messageId}`;
}

/** Protobuf field numbers of what agents send, by topic name; only what is read. Source: sheet 7.9. */
export const reportFields = {
  'agent-connection': { claimId: 1, reachable: 2, sessionId: 3, updateSource: 4, updatedAt: 6, capabilities: 17 },
  'create-node-instance': { claimId: 1, machineGuid: 2, hostname: 3 },
  'node-instance-connection': { claimId: 1, nodeId: 2, liveness: 3, queryable: 4, sessionId: 5, hops: 9, capabilities: 10 },
  'node-instance-info': { claimId: 1, data: 2, machineGuid: 5, child: 6, nodeId: 7 },
} as const;

/** Of one capability, wherever there are some. Source: sheet 7.9. */
export const capabilityFields = { name: 1, version: 2, enabled: 3 } as const;

/** Fields of `data` in UpdateNodeInfo that are texts and worth showing. Source: sheet 7.9. */
export const nodeInfoTextFields = {
  name: 1,
  os: 2,
  osName: 3,
  osVersion: 4,
  kernelName: 5,
  kernelVersion: 6,
  architecture: 7,
  version: 12,
  releaseChannel: 13,
} as const;

/** Protobuf field numbers of what the Cloud sends, by message name. Source: sheet 7.9. */
export const commandFields = {
  SendNodeInstances: { claimId: 1 },
  CreateNodeInstanceResult: { nodeId: 1, machineGuid: 2 },
  DisconnectReq: { reconnectAfterSeconds: 1, permanentBan: 2, errorCode: 4, errorDescription: 5 },
} as const;
