import type { ReadableSystem } from '../system/system.ts';
import { readIfAllowed } from './allowed-reads.ts';
import { findProgram } from './find-program.ts';

export type Elevation = 'sudo' | 'doas' | 'pkexec';

export interface Privileges {
  userId: number;
  groupId: number;
  userName: string;
  isRoot: boolean;
  /** The program that could make this user root; whether it lets this user is not known. Absent for root. */
  elevateWith?: Elevation;
}

export async function readPrivileges(searchPath: readonly string[], system: ReadableSystem): Promise<Privileges> {
  const { userId, groupId } = system.processOwner();
  const isRoot = userId === 0;
  const [userName, elevateWith] = await Promise.all([
    userNameOf(userId, system),
    isRoot ? undefined : findElevation(searchPath, system),
  ]);
  return { userId, groupId, userName, isRoot, ...(elevateWith && { elevateWith }) };
}

/** The user's name from /etc/passwd, else from the name services (LDAP and the like, one child process), else the number as text. */
export async function userNameOf(userId: number, system: ReadableSystem): Promise<string> {
  const lines = (await readIfAllowed('/etc/passwd', system))?.split('\n') ?? [];
  const [name] = lines.map((line) => line.split(':')).find((fields) => fields[2] === String(userId)) ?? [];
  if (name) return name;
  const { exitCode, stdout } = await system.query({ program: 'id', arguments: ['-un', String(userId)] });
  return (exitCode === 0 && stdout.trim()) || String(userId);
}

async function findElevation(searchPath: readonly string[], system: ReadableSystem): Promise<Elevation | undefined> {
  const found = await Promise.all(elevations.map((name) => findProgram([name], searchPath, system)));
  return elevations[found.findIndex((path) => path !== undefined)];
}

const elevations: readonly Elevation[] = ['sudo', 'doas', 'pkexec'];
