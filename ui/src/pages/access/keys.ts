/** What the page hands to its panels beside what it knows. */
import type { InjectionKey } from "vue";
import type { useDraft } from "./draft";

export const draftKey: InjectionKey<ReturnType<typeof useDraft>> = Symbol("draft");
