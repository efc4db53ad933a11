import type { HostFacts } from '../host/facts.ts';
import { packageManagers } from '../host/package-managers.ts';

export function canInstallPackages({ packageManager, privileges }: Pick<HostFacts, 'packageManager' | 'privileges'>): boolean {
  return privileges.isRoot && packageManager !== undefined && packageManagers[packageManager].unattended !== undefined;
}
