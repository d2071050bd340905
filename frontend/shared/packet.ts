// What comes from Python: a JSON header in front of arrays (pages/shared/components/packing.py).

const TYPES = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float16: Uint16Array, // half floats travel as their bits
  bool: Uint8Array,
};

/** An array with its shape, as numpy had it, in row-major order. */
export type Shaped<Numbers> = Numbers & { shape: number[] };

type Described = { dtype: keyof typeof TYPES; shape: number[]; offset: number };

/** The header and arrays of a packet. Their types are declared in Python and generated (generated/messages.ts). */
export function unpack<Header, Arrays>(packet: Uint8Array): { header: Header; arrays: Arrays } {
  const bytes = packet.byteOffset % 8 ? packet.slice() : packet;
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const arrays: Record<string, Shaped<InstanceType<(typeof TYPES)[keyof typeof TYPES]>>> = {};
  for (const [name, { dtype, shape, offset }] of Object.entries<Described>(header.arrays)) {
    const count = shape.reduce((product, size) => product * size, 1);
    const numbers = new TYPES[dtype](bytes.buffer as ArrayBuffer, bytes.byteOffset + 4 + length + offset, count);
    arrays[name] = Object.assign(numbers, { shape });
  }
  return { header, arrays: arrays as Arrays };
}
