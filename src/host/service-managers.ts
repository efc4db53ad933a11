import { programOfUnit, systemdUnit } from './systemd-unit.ts';

/** What starts and watches services on a machine. none: nothing that kickstart knows, or nothing at all (a container, a rehearsal). */
export type ServiceManager = 'systemd' | 'none';

/** A program that stays, in words that every service manager understands. Plain JSON, without secrets. It gets kickstart's rights: agents change their user themselves. */
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
  /** With `none`: which process it is. Belongs to kickstart alone: a program that writes its own process id has another file. */
  pidPath: string;
  /** With `none`: where the output goes. */
  logPath: string;
}

/** Command lines and files of a service manager. */
export interface ServiceManagerRow {
  definitionPath(name: string): string;
  definition(service: ServiceDescription): string;
  /** The absolute path of the program that a definition starts; undefined when it names none. */
  programOf(definition: string): string | undefined;
  reload: readonly string[];
  enable(name: string): readonly string[];
  disable(name: string): readonly string[];
  /** Exit code 0: starts with the machine. */
  isEnabled(name: string): readonly string[];
  start(name: string): readonly string[];
  stop(name: string): readonly string[];
  /** Prints one of the states below. */
  state(name: string): readonly string[];
  /** Runs now. */
  runningStates: readonly string[];
  /** Has no process, and gets none by itself. */
  stoppedStates: readonly string[];
  lastLines(name: string): readonly string[];
}

/** undefined: there is no program to ask, and kickstart does it itself. Source: systemctl(1), journalctl(1). */
export const serviceManagers: Readonly<Record<ServiceManager, ServiceManagerRow | undefined>> = {
  systemd: {
    definitionPath: (name) => `/etc/systemd/system/${name}.service`,
    definition: systemdUnit,
    programOf: programOfUnit,
    reload: ['systemctl', 'daemon-reload'],
    enable: (name) => ['systemctl', 'enable', `${name}.service`],
    disable: (name) => ['systemctl', 'disable', `${name}.service`],
    isEnabled: (name) => ['systemctl', 'is-enabled', '--quiet', `${name}.service`],
    start: (name) => ['systemctl', 'start', `${name}.service`],
    stop: (name) => ['systemctl', 'stop', `${name}.service`],
    state: (name) => ['systemctl', 'is-active', `${name}.service`],
    // Not "activating": so systemd says too while it waits to start again what has just failed.
    runningStates: ['active', 'reloading', 'refreshing'],
    stoppedStates: ['inactive', 'failed', 'unknown'],
    lastLines: (name) => ['journalctl', '--unit', `${name}.service`, '--lines', '10', '--no-pager', '--output', 'cat'],
  },
  none: undefined,
};
