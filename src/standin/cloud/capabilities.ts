import { capabilityFields } from '../../cloud/wire.ts';
import { brieflyPrintable } from '../../system/printable.ts';
import { type Fields, flagField, messageFields, numberField, textField } from './protobuf.ts';

/** Something that an agent, or its node, can do. Source: agent src/aclk/aclk_capas.c. */
export interface Capability {
  name: string;
  version: number;
  enabled: boolean;
}

/** Those in a message; undefined when it has none, as a will has not. */
export function capabilitiesIn(message: Fields, number: number): readonly Capability[] | undefined {
  const capabilities = messageFields(message, number).flatMap((fields) => {
    const name = textField(fields, capabilityFields.name);
    if (name === undefined) return [];
    const version = numberField(fields, capabilityFields.version);
    return [{ name: brieflyPrintable(name, 40), version, enabled: flagField(fields, capabilityFields.enabled) }];
  });
  return capabilities.length === 0 ? undefined : capabilities.slice(0, MAXIMUM_SHOWN);
}

// 2.10.4 has ten.
const MAXIMUM_SHOWN = 50;
