import { expect, it } from 'vitest';
import { isPackaged, otherPins } from '../../src/standin/packaging-pins.ts';

// As listed at the tags of the real repository.
it.each([
  ['v1.31.0', ['ebpf', 'go.d', 'judy', 'libbpf']],
  ['v1.33.1', ['ebpf', 'go.d', 'judy', 'libbpf', 'current_libbpf', 'libbpf_0_0_9']],
  ['v1.37.1', ['ebpf', 'ebpf-co-re', 'go.d', 'libbpf', 'current_libbpf', 'libbpf_0_0_9']],
  ['v1.44.3', ['ebpf', 'ebpf-co-re', 'go.d', 'current_libbpf', 'libbpf_0_0_9', 'yaml']],
  ['v1.45.0', ['ebpf', 'ebpf-co-re', 'current_libbpf', 'libbpf_0_0_9']],
  ['v2.10.4', []],
])('pins in %s what a real release pins and kickstart does not build', (tag, components) => {
  const names = components.flatMap((component) => [`packaging/${component}.version`, `packaging/${component}.checksums`]);
  expect([...otherPins(tag).keys()].sort()).toEqual(names.sort());
});

it('writes checksums in the three ways that real releases do', () => {
  const linesOf = (tag: string, component: string) =>
    (otherPins(tag).get(`packaging/${component}.checksums`) ?? '').replaceAll(/[0-9a-f]{64}/g, 'HASH').split('\n');
  expect(linesOf('v1.33.1', 'ebpf')).toEqual([
    'HASH  netdata-kernel-collector-glibc-v0.9.0.tar.xz',
    'HASH  netdata-kernel-collector-musl-v0.9.0.tar.xz',
    'HASH  netdata-kernel-collector-static-v0.9.0.tar.xz',
    '',
  ]);
  expect(linesOf('v1.37.1', 'ebpf')[0]).toBe('HASH  ./netdata-kernel-collector-glibc-v1.0.1.tar.xz');
  expect(linesOf('v1.37.1', 'go.d').slice(0, 2)).toEqual(['HASH *config.tar.gz', 'HASH *go.d.plugin-v0.45.0.linux-386.tar.gz']);
});

it.each([
  ['v1.31.0', ['mosquitto', 'libwebsockets', 'jsonc']],
  ['v1.32.1', ['mosquitto', 'libwebsockets', 'jsonc', 'protobuf']],
  ['v1.37.1', ['jsonc', 'protobuf']],
  ['v1.45.0', ['jsonc']],
  ['v2.10.4', []],
])('leaves %s the pins of the tree that a real release has', (tag, components) => {
  const all = ['mosquitto', 'libwebsockets', 'jsonc', 'protobuf'];
  expect(all.filter((component) => isPackaged(`packaging/${component}.version`, tag))).toEqual(components);
  expect(all.filter((component) => isPackaged(`packaging/${component}.checksums`, tag))).toEqual(components);
  expect(isPackaged('packaging/version', tag)).toBe(true);
});
