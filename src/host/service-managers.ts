/** What starts and watches services on a machine. none: nothing kickstart knows, or nothing at all (a container, a rehearsal). */
export type ServiceManager = 'systemd' | 'none';

/** A program that stays, in words that every service manager understands. Plain JSON. */
export interface ServiceDescription {
  /** none: kickstart starts and stops the process itself. */
  manager: ServiceManager;
  /** Unique on the machine; letters, digits, dashes. */
  name: string;
  description: string;
  /** Absolute path. It stays in the foreground. */
  program: string;
  arguments: readonly string[];
  environment: Readonly<Record<string, string>>;
  /** With `none`: where process id and start time are written. */
  pidPath: string;
  /** With `none`: where the output goes. */
  logPath: string;
  /** Whose rights it gets. Absent: those of kickstart; programs that change their user themselves need that. */
  user?: string;
}
