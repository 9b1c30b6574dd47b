/** deck.gl layers that draw and pick the buildings of 3D Tiles one by one. */
import type { FilterContext } from "@deck.gl/core";
import { Tile3DLayer } from "@deck.gl/geo-layers";
import { SimpleMeshLayer } from "@deck.gl/mesh-layers";

/** A mesh of many buildings: each vertex carries the number of its own, which picking gives back. */
export class SolidMesh extends SimpleMeshLayer<number, { featureIds: Uint32Array }> {
  static override layerName = "SolidMesh";

  override getShaders(): object {
    return {
      ...(super.getShaders() as object),
      inject: {
        "vs:#decl": "in float rowIndexes;",
        // After deck.gl's own choice, which knows only the one instance that a tile is.
        "vs:DECKGL_FILTER_COLOR": { order: 99, injection: "picking_setPickingColor(picking_getPickingColorFromIndex(rowIndexes));" },
      },
    };
  }

  override initializeState(): void {
    super.initializeState();
    this.getAttributeManager()?.add({
      rowIndexes: {
        size: 1,
        type: "float32",
        noAlloc: true,
        update: (attribute) => {
          attribute.value = Float32Array.from(this.props.featureIds);
        },
      },
    });
  }
}

/** Tiles of a whole county lie far apart from the middles of their boxes: being picked must not depend on those. */
export class SolidTiles extends Tile3DLayer {
  static override layerName = "SolidTiles";

  override filterSubLayer(context: FilterContext): boolean {
    return super.filterSubLayer({ ...context, isPicking: false });
  }
}
