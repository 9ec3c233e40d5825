/** The modes of a deployment, where nothing else of a schema is needed. */
export const modes = ["enforce", "approve", "observe", "paused"] as const;
