import type { ReadableSystem } from '../system/system.ts';
import { statIfAllowed } from './allowed-reads.ts';
import type { ServiceManager } from './service-managers.ts';

/** The service manager that runs here now; one that is only installed, as in most containers, could start nothing. Runs nothing. */
export async function detectServiceManager(system: ReadableSystem): Promise<ServiceManager> {
  const running = await Promise.all(marks.map(({ path }) => statIfAllowed(path, system)));
  return marks[running.findIndex((file) => file?.kind === 'directory')]?.manager ?? 'none';
}

// Directories that exist only while the manager runs as process 1. systemd: sd_booted(3).
const marks: readonly { manager: ServiceManager; path: string }[] = [{ manager: 'systemd', path: '/run/systemd/system' }];
