// The little of the Move binary format that sizes and names need.

const MAGIC = 0xa11ceb0b;
// Stands in place of the magic number in what was compiled in a mode, and must not be published.
const UNPUBLISHABLE_MAGIC = 0xdeadc0de;
const TABLE = { moduleHandles: 1, datatypeHandles: 2, identifiers: 7, addresses: 8 };
/** Bytes of an address or object id. */
const ID_LENGTH = 32;
/** Bytes of a version number. */
const VERSION_LENGTH = 8;

/** The module with the ordinary magic number, so that loaders take it. */
export function loadable(bytes) {
  const copy = Buffer.from(bytes);
  if (copy.readUInt32BE(0) === UNPUBLISHABLE_MAGIC) copy.writeUInt32BE(MAGIC, 0);
  return copy;
}

/** Address and name of a compiled module, and the names of the datatypes that it defines. */
export function describe(bytes) {
  const reader = new Reader(bytes);
  if (reader.u32be() !== MAGIC) throw new Error("not a Move module");
  reader.at += 4; // flavour and version
  const tables = new Map();
  let contents = 0;
  for (let left = reader.uleb(); left > 0; left--) {
    const kind = reader.u8();
    const table = { offset: reader.uleb(), length: reader.uleb() };
    tables.set(kind, table);
    contents = Math.max(contents, table.offset + table.length);
  }
  const start = reader.at;
  const rows = (kind, read) => {
    const table = tables.get(kind);
    const found = [];
    if (!table) return found;
    reader.at = start + table.offset;
    while (reader.at < start + table.offset + table.length) found.push(read());
    return found;
  };
  const identifiers = rows(TABLE.identifiers, () => reader.text(reader.uleb()));
  const addresses = rows(TABLE.addresses, () => reader.address());
  const modules = rows(TABLE.moduleHandles, () => ({ address: reader.uleb(), name: reader.uleb() }));
  const datatypes = rows(TABLE.datatypeHandles, () => {
    const handle = { module: reader.uleb(), name: reader.uleb() };
    reader.u8(); // abilities
    for (let left = reader.uleb(); left > 0; left--) reader.at += 2; // abilities and phantom flag of a type parameter
    return handle;
  });
  reader.at = start + contents;
  const self = reader.uleb();
  return {
    address: addresses[modules[self].address],
    name: identifiers[modules[self].name],
    datatypes: datatypes.filter((d) => d.module === self).map((d) => identifiers[d.name]),
  };
}

/**
 * Size of the package object as Sui counts it against its limit: version, modules with their names, an origin for every
 * datatype, and a linkage entry for every dependency.
 */
export function packageSize(modules, dependencies) {
  let size = VERSION_LENGTH + dependencies * (2 * ID_LENGTH + VERSION_LENGTH);
  for (const bytes of modules) {
    const { name, datatypes } = describe(bytes);
    size += name.length + bytes.length;
    for (const datatype of datatypes) size += name.length + datatype.length + ID_LENGTH;
  }
  return size;
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  u8() {
    if (this.at >= this.bytes.length) throw new Error("module ends early");
    return this.bytes[this.at++];
  }

  u32be() {
    return (this.u8() * 0x1000000 + (this.u8() << 16) + (this.u8() << 8) + this.u8()) >>> 0;
  }

  uleb() {
    let value = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error("number too long");
  }

  take(length) {
    const end = this.at + length;
    if (end > this.bytes.length) throw new Error("module ends early");
    const taken = Buffer.from(this.bytes.subarray(this.at, end));
    this.at = end;
    return taken;
  }

  text(length) {
    return this.take(length).toString("utf8");
  }

  // In hexadecimal without leading zeros, as manifests write it.
  address() {
    return `0x${this.take(ID_LENGTH).toString("hex").replace(/^0+(?=.)/, "")}`;
  }
}
