/**
 * Reading what the 3D Tiles say of each building. deck.gl draws a glTF as one thing; as a mesh with feature numbers it
 * tells which building was clicked, and each can have its own colour.
 */
import { USES, UNKNOWN } from "./palette";

interface Values {
  value: Float32Array | Uint8Array | Uint16Array | Uint32Array;
}

interface Gltf {
  meshes: { primitives: { attributes: Record<string, Values | undefined>; indices?: Values }[] }[];
  extensions?: { EXT_structural_metadata?: { propertyTables?: { properties?: Record<string, { data?: ArrayLike<unknown> } | undefined> }[] } };
}

/** What loaders.gl gives for a tile; only what is used of it. */
export interface SolidTile {
  type?: string;
  content: {
    gltf?: Gltf;
    attributes?: Record<string, { value: ArrayBufferView; size: number; normalized?: boolean }>;
    indices?: Values;
    featureIds?: Uint32Array;
    material?: Record<string, unknown>;
  } | null;
}

function channels(colour: string): [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** One property of the building with a number, as the tile's metadata has it. */
export function property(tile: SolidTile, name: string, index: number): unknown {
  return tile.content?.gltf?.extensions?.EXT_structural_metadata?.propertyTables?.[0]?.properties?.[name]?.data?.[index];
}

/** Turn a loaded tile into a mesh that knows its buildings, coloured by use. */
export function prepare(tile: SolidTile): void {
  const primitive = tile.content?.gltf?.meshes[0]?.primitives[0];
  const positions = primitive?.attributes["POSITION"]?.value;
  const numbers = primitive?.attributes["_FEATURE_ID_0"]?.value;
  if (!tile.content || !positions || !numbers || !primitive.indices) return;
  const colours = new Uint8Array(numbers.length * 4).fill(255);
  const known = new Map<number, [number, number, number]>();
  numbers.forEach((number, i) => {
    let colour = known.get(number);
    if (!colour) known.set(number, (colour = channels(USES[String(property(tile, "use", number))] ?? UNKNOWN)));
    colours.set(colour, i * 4);
  });
  tile.content.attributes = {
    positions: { value: positions, size: 3 },
    normals: { value: primitive.attributes["NORMAL"]?.value ?? new Float32Array(positions.length), size: 3 },
    colors: { value: colours, size: 4, normalized: true },
  };
  tile.content.indices = { value: Uint32Array.from(primitive.indices.value) };
  tile.content.featureIds = Uint32Array.from(numbers);
  tile.content.material = { pbrMetallicRoughness: { baseColorFactor: [1, 1, 1, 1], metallicFactor: 0, roughnessFactor: 0.9 } };
  tile.type = "mesh";
}
