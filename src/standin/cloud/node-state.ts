import type { Capability } from './capabilities.ts';

/** Graceful: the agent said goodbye. Will: the connection broke, and its will was fired. Timeout: silent for 1.5 keepalives. Closed: ended by the Cloud, whose doing it is also when it fires the will, or broken without a will. */
export type OfflineReason = 'graceful' | 'will' | 'timeout' | 'closed';

/** Where the link of a node stands. Times are ISO 8601. */
export type Link =
  | { state: 'never-connected' }
  | {
      state: 'online';
      since: string;
      transport: 'wss';
      mqttLevel: 4 | 5;
      address: string;
      /** What the agent said of itself: false until it says otherwise. */
      reachable: boolean;
    }
  | { state: 'offline'; since: string; reason: OfflineReason };

/** What is known of a claimed node and must outlive a restart. */
export interface NodeRecord {
  /** PEM. */
  publicKey: string;
  hostname: string;
  machineGuid?: string;
  spaceId: string;
  /** Ids of rooms of the space. */
  rooms: readonly string[];
  claimedAt: string;
  /** Given to the agent at its first CreateNodeInstance. */
  nodeId?: string;
  /** Tells offline from never connected after a restart. */
  firstOnlineAt?: string;
  /** While it is not online, and was once. */
  offlineAt?: string;
  offlineReason?: OfflineReason;
  /** Removed by an administrator; claimed again, it is a new node. */
  removedAt?: string;
  reports: NodeReports;
}

/** What an agent tells of itself. */
export interface NodeReports {
  /** semver without the v. */
  agentVersion?: string;
  /** Of the present link: not known while there is none. */
  liveness?: boolean;
  queryable?: boolean;
  information?: Readonly<Record<string, string>>;
  /** Of the agent, for its link. */
  capabilities?: readonly Capability[];
  /** Of its node. */
  nodeCapabilities?: readonly Capability[];
}

/** A claimed node as the admin API shows it. */
export type NodeView = { id: string; link: Link; removed?: string } & NodeReports &
  Omit<NodeRecord, 'reports' | 'removedAt' | 'offlineAt' | 'offlineReason'>;

/** The link that a node has which is not online. */
export function linkOfRecord({ firstOnlineAt, offlineAt, offlineReason }: NodeRecord): Link {
  if (firstOnlineAt === undefined) return { state: 'never-connected' };
  return { state: 'offline', since: offlineAt ?? firstOnlineAt, reason: offlineReason ?? 'closed' };
}
