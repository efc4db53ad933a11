import type { Database } from './database.ts';

/** Who may sign in to the page. Changes are for inside of the database's `commit`. */
export interface Administrators {
  /** What is kept of the password (web/password.ts); undefined when there is no such administrator. */
  passwordHashOf(name: string): string | undefined;
  /** A new administrator, or a new password of one, whose sessions end with it. */
  set(name: string, passwordHash: string): void;
}

export function openAdministrators({ one, run }: Database): Administrators {
  return {
    passwordHashOf: (name) =>
      one<{ passwordHash: string }>('SELECT passwordHash FROM administrators WHERE name = ?', name)?.passwordHash,
    set(name, passwordHash) {
      run(
        `INSERT INTO administrators (name, passwordHash, createdAt) VALUES (?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET passwordHash = excluded.passwordHash`,
        ...[name, passwordHash, new Date().toISOString()],
      );
      run('DELETE FROM sessions WHERE administrator = ?', name);
    },
  };
}
