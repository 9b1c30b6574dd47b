/**
 * Stands in for the meshopt decoder that the glTF reader brings along: it starts WebAssembly as soon as it is loaded,
 * which our Content-Security-Policy forbids, and none of our tiles is compressed that way.
 */
export const MeshoptDecoder = { supported: false, ready: Promise.resolve() };
