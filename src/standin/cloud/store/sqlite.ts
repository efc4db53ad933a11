/**
 * SQLite as Node brings it. Not imported: 24.0 says at that moment that it is experimental (seen on 24.0.0; 24.21 is silent),
 * which is of no use to who runs the Cloud. Nothing else can warn meanwhile, because all of this is synchronous.
 */
export function loadSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}
