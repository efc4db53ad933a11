import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianRoot, debianRootRefusal, debianSuites } from '../support/debian-root.ts';
import { cacheOnMachine, type Ran } from '../support/throwaway-machine.ts';
import { type Field, openField, type Prefix } from './roots.ts';
import { withoutAptTraces } from './roots-apt-traces.ts';

const refusal = await debianRootRefusal();
if (refusal !== undefined) console.warn(`SKIPPED: there are no Debian roots here. ${refusal}`);
const legacy = 'v1.31.0';
const modern = 'v1.34.0';
// With nothing in the cache protobuf is compiled, and the machine may have other work.
const coldMilliseconds = 30 * 60 * 1000;

describe.skipIf(refusal !== undefined).each(debianSuites)(
  `on a %s that has no compilers${refusal === undefined ? '' : `: ${refusal}`}`,
  (suite) => {
    // Installing compilers takes longer than all the rest when the libraries are cached: so there is one story, and each test looks at a part of it.
    let field: Field;
    let story: Story;

    beforeAll(async () => {
      const root = await debianRoot(suite);
      const repacked = root.pins.filter((pin) => pin.repacked);
      field = await openField({
        ...{
          rootArchive: root.archive,
          tags: [legacy, modern],
          pins: root.pins,
          keepsCache: true,
          readable: [root.sources],
        },
        files: Object.fromEntries(
          repacked.map(({ fileName }) => [`/libraries/${fileName}`, readFileSync(join(root.sources, fileName))]),
        ),
      });
      const mirror = repacked.length === 0 ? [] : ['--mirror', `${field.mirror.url}/libraries`];
      story = await tell(
        field,
        [...mirror, '--cache-directory', cacheOnMachine],
        suite === 'bookworm' ? root.sources : undefined,
      );
    }, coldMilliseconds);
    afterAll(() => field?.close());

    it('the agent of 1.31 goes online with libmosquitto, libwebsockets and JSON-C of the source packages', () => {
      const { ran, info } = story.legacy;
      expect(ran.stderr).toBe('');
      expect(ran.exitCode, ran.stdout).toBe(0);
      expect(ran.stdout).toMatch(/Install with apt: .*\bgcc\b.*\bcmake\b/);
      expect(ran.stdout).toContain('aclk-available: true: it is online at');
      expect(info).toMatchObject({ version: legacy, 'cloud-available': true, 'agent-claimed': true, 'aclk-available': true });
    });

    it('the agent of 1.34 goes online with JSON-C and protobuf of the source packages', () => {
      const { ran, info } = story.modern;
      expect(ran.stderr).toBe('');
      expect(ran.exitCode, ran.stdout).toBe(0);
      expect(ran.stdout).toContain('aclk-available: true: it is online at');
      expect(info).toMatchObject({ version: modern, 'cloud-available': true, 'agent-claimed': true, 'aclk-available': true });
    });

    it('the Cloud saw both come online, over MQTT 5', () => {
      const levels = field.cloudEvents.flatMap((event) => (event.kind === 'online' ? [event.mqttLevel] : []));
      expect(levels).toEqual([5, 5]);
    });

    it('each uninstall ends well', () => {
      for (const ran of story.removals) expect(ran.exitCode, `${ran.stdout}${ran.stderr}`).toBe(0);
    });

    // On trixie all packages go, but the cache of the dynamic linker is not byte for byte what it was; the cause is not found yet.
    const known = suite === 'trixie' ? /^etc\/ld\.so\.cache\t/ : /^$/;
    it('uninstall takes all of it away, the compilers too', () => {
      expect(story.after.filter((line) => !known.test(line))).toEqual(story.before.filter((line) => !known.test(line)));
    });

    // The rest is the same on every suite, and takes its time.
    if (suite !== 'bookworm') return;

    it('nothing is compiled as root, and nothing of the libraries a second time', () => {
      const { ran, info, cmakes } = theMany(story).again;
      expect(ran.exitCode, `${ran.stdout}${ran.stderr}`).toBe(0);
      expect(info).toMatchObject({ version: legacy, 'cloud-available': true });
      expect(cmakes).toEqual([]);
      const { compilations } = theMany(story);
      expect(compilations.filter((line) => line.startsWith('0 '))).toEqual([]);
      expect(compilations).not.toEqual([]);
    });

    it('two installs at once build each library once, and both have it', () => {
      const { both, infos, cmakes } = theMany(story).twins;
      for (const ran of both) expect(ran.exitCode, `${ran.stdout}${ran.stderr}`).toBe(0);
      for (const info of infos) expect(info).toMatchObject({ version: legacy, 'cloud-available': true });
      // Each build configures once; the directory of the sources is in the words.
      const configured = ['mosquitto', 'libwebsockets', 'jsonc'].map(
        (library) => cmakes.filter((words) => words.includes(library) && words.includes('-DCMAKE_BUILD_TYPE')).length,
      );
      expect(configured).toEqual([1, 1, 1]);
    });
  },
);

type Story = Awaited<ReturnType<typeof tell>>;

function theMany({ many }: Story): NonNullable<Story['many']> {
  if (many === undefined) throw new Error('That was not told.');
  return many;
}

/** `sources`: archives for installs with a cache of their own, several of them; absent: none. */
async function tell(field: Field, cache: readonly string[], sources?: string) {
  const { machine, claim } = field;
  const [first, second, third] = [await field.newPrefix(), await field.newPrefix(), await field.newPrefix()];
  const twin = [await field.newPrefix(), await field.newPrefix()];
  const before = withoutAptTraces(await machine.changes());
  const required = ['--require-cloud', ...cache];
  const legacyRun = await install(field, first, { tag: legacy, words: [...required, ...claim.words] }, claim.environment);
  const modernRun = await install(field, second, { tag: modern, words: [...required, ...claim.words] }, claim.environment);
  const many = sources === undefined ? undefined : await tellOfMany(field, { third, twin }, { required, sources });
  const removals: Ran[] = [];
  // Who came first made the directories that all share, and brought the compilers.
  for (const prefix of [...(many === undefined ? [] : [...twin, third]), second, first]) {
    removals.push(await field.kickstart(['uninstall', ...prefix.words.slice(1)]));
  }
  await field.shell(`rm -rf ${watchers} /var/tmp/cold`);
  const after = withoutAptTraces(await machine.changes());
  return { before, legacy: legacyRun, modern: modernRun, many, removals, after };
}

/** One more install from the warm cache, and two at once with a cold one. */
async function tellOfMany(
  field: Field,
  { third, twin }: { third: Prefix; twin: readonly Prefix[] },
  { required, sources }: { required: readonly string[]; sources: string },
) {
  await field.shell(watchPrograms);
  const watched = { PATH: `${watchers}:/usr/sbin:/usr/bin:/sbin:/bin` };
  const again = {
    ...(await install(field, third, { tag: legacy, words: required }, watched)),
    cmakes: await calls(field, 'cmake'),
  };
  await field.shell(`: > ${watchers}/log`);
  const cold = ['--require-cloud', '--bundle', sources, '--cache-directory', '/var/tmp/cold'];
  const both = await Promise.all(twin.map((prefix) => field.kickstart([...prefix.words, ...cold], watched)));
  const infos = await Promise.all(twin.map((prefix) => prefix.info()));
  const twins = { both, infos, cmakes: await calls(field, 'cmake') };
  // What only asks the compiler something (-E) makes nothing that runs.
  const compilations = (await calls(field, 'cc')).filter((line) => / -[co] /.test(line));
  return { again, compilations, twins };
}

async function install(
  { mirror, kickstart }: Field,
  prefix: Prefix,
  { tag, words }: { tag: string; words: readonly string[] },
  environment: Record<string, string>,
) {
  mirror.setLatest(tag);
  const ran = await kickstart([...prefix.words, ...words], environment);
  return { ran, info: await prefix.info() };
}

const watchers = '/var/tmp/watchers';

// Programs before the real ones, who write down who calls them, and how.
const watchPrograms = `
  mkdir -p ${watchers}
  : > ${watchers}/log
  chmod 666 ${watchers}/log
  for name in cmake cc c++; do
    printf '#!/bin/sh\\ncase "$*" in --version|-v|-dump*) ;; *) echo "%s $(id -u) $PWD $*" >> ${watchers}/log;; esac\\nexec /usr/bin/%s "$@"\\n' $name $name > ${watchers}/$name
    chmod 755 ${watchers}/$name
  done`;

async function calls(field: Field, program: string): Promise<readonly string[]> {
  const lines = (await field.shell(`cat ${watchers}/log`)).split('\n');
  return lines.filter((line) => line.startsWith(`${program} `)).map((line) => line.slice(program.length + 1));
}
