/**
 * What makes the tables, in the order in which it came; a database holds in user_version how many of these it has had.
 * A released one is never changed: the next is added. Times are ISO 8601 in UTC, so that they sort as text.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE spaces (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, createdAt TEXT NOT NULL,
    repeatClaims TEXT NOT NULL DEFAULT 'same-key'
  );
  CREATE TABLE rooms (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    spaceId TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE
  );
  CREATE INDEX roomsOfSpace ON rooms (spaceId);
  CREATE TABLE tokens (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, spaceId TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
    name TEXT NOT NULL, hash BLOB NOT NULL UNIQUE, hint TEXT NOT NULL, createdAt TEXT NOT NULL,
    expiresAt TEXT, revokedAt TEXT, maximumClaims INTEGER, claims INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX tokensOfSpace ON tokens (spaceId);
  CREATE TABLE nodes (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, spaceId TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
    publicKey TEXT NOT NULL, hostname TEXT NOT NULL, machineGuid TEXT, claimedAt TEXT NOT NULL, nodeId TEXT,
    firstOnlineAt TEXT, offlineAt TEXT, offlineReason TEXT, removedAt TEXT, reports TEXT
  );
  CREATE INDEX nodesOfSpace ON nodes (spaceId);
  CREATE TABLE nodeRooms (
    nodeId TEXT NOT NULL REFERENCES nodes (id) ON DELETE CASCADE, roomId TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    position INTEGER NOT NULL, PRIMARY KEY (nodeId, roomId)
  ) WITHOUT ROWID;
  CREATE INDEX nodesOfRoom ON nodeRooms (roomId);
  CREATE TABLE history (
    number INTEGER PRIMARY KEY, nodeId TEXT NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    at TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL
  );
  CREATE INDEX historyOfNode ON history (nodeId, number);
  CREATE TABLE administrators (name TEXT PRIMARY KEY, passwordHash TEXT NOT NULL, createdAt TEXT NOT NULL);
  CREATE TABLE sessions (
    hash TEXT PRIMARY KEY, administrator TEXT NOT NULL REFERENCES administrators (name) ON DELETE CASCADE, expiresAt TEXT NOT NULL
  ) WITHOUT ROWID;
  `,
  // UUIDs have one form (uuid.ts): what was claimed in upper case gets it. What then has two rows keeps the one that is in it already.
  `
  PRAGMA defer_foreign_keys = ON;
  UPDATE OR IGNORE nodes SET id = lower(id) WHERE id <> lower(id);
  UPDATE nodes SET machineGuid = lower(machineGuid), nodeId = lower(nodeId);
  UPDATE nodeRooms SET nodeId = lower(nodeId) WHERE nodeId NOT IN (SELECT id FROM nodes);
  UPDATE history SET nodeId = lower(nodeId) WHERE nodeId NOT IN (SELECT id FROM nodes);
  UPDATE OR IGNORE rooms SET id = lower(id) WHERE id LIKE '________-____-____-____-____________';
  UPDATE nodeRooms SET roomId = lower(roomId) WHERE roomId NOT IN (SELECT id FROM rooms);
  `,
  'CREATE TABLE lastSeen (number INTEGER PRIMARY KEY CHECK (number = 1), at TEXT NOT NULL)',
];
