/** The anchor of a heading that holds a clause id, as TypeDoc and code hosts make it. */
export const anchorOf = (id: string): string => id.toLowerCase().replaceAll('/', '');
