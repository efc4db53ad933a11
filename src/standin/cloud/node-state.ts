/** Graceful: the agent said goodbye. Will: the connection broke, and its will was fired. Timeout: silent for 1.5 keepalives. Closed: ended by the Cloud, or broken without a will. */
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

/** What is known of a claimed node and must outlive a restart: a row of nodes.json. */
export interface NodeRecord {
  /** PEM. */
  publicKey: string;
  hostname: string;
  machineGuid?: string;
  rooms: readonly string[];
  claimedAt: string;
  /** Given to the agent at its first CreateNodeInstance. */
  nodeId?: string;
  /** Tells offline from never connected after a restart. */
  firstOnlineAt?: string;
}

/** What an agent tells at every connect; not kept over a restart. */
export interface NodeReports {
  /** semver without the v. */
  agentVersion?: string;
  liveness?: boolean;
  queryable?: boolean;
  information?: Readonly<Record<string, string>>;
}

/** A claimed node as the admin API shows it. */
export type NodeView = { id: string } & NodeRecord & NodeReports & { link: Link };

/** The link that a node has when the Cloud has just started: whatever there was, it is gone. */
export function linkAtStart(record: NodeRecord, now: string): Link {
  return record.firstOnlineAt === undefined ? { state: 'never-connected' } : { state: 'offline', since: now, reason: 'closed' };
}
