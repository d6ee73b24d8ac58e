/**
 * The header of an EVTX file (libevtx "EVTX format", file header).
 *
 * | offset | size | content                                   |
 * | -----: | ---: | ----------------------------------------- |
 * |      0 |    8 | `ElfFile`, NUL                            |
 * |      8 |   16 | first and last chunk                      |
 * |     24 |    8 | number of the next record                 |
 * |     32 |    8 | header size, minor and major version      |
 * |     40 |    4 | size of the header's block, chunks        |
 * |    120 |    4 | 1: not closed properly, 2: full           |
 * |    124 |    4 | CRC-32 of the first 120 bytes             |
 *
 * A log that is not closed properly has old numbers here: chunks alone tell what there is.
 *
 * @module
 */
export const FILE_HEAD_BYTES = 4096;
