/** Notice that a snapshot was published: the list of map tiles names every snapshot by its hash. */
import { onScopeDispose } from "vue";
import { Problem } from "@/api/client";
import { tileSets } from "@/kit/map/base";

const EVERY_MS = 30_000;

export function whenPublished(act: () => void): void {
  let known: string | null = null;

  async function look(): Promise<void> {
    try {
      const { snapshots } = await tileSets();
      const state = snapshots.map((set) => `${set.date} ${set.hash}`).join();
      if (known !== null && known !== state) act();
      known = state;
    } catch (error) {
      // A wall goes on showing what it has while the server cannot be reached.
      if (!(error instanceof Problem)) throw error;
    }
  }

  void look();
  const timer = setInterval(() => void look(), EVERY_MS);
  onScopeDispose(() => clearInterval(timer));
}
