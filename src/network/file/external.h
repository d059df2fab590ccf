/* Files beside an ONNX file, which hold elements of its tensors. */
#ifndef EXTERNAL_H
#define EXTERNAL_H

#include "network/file/parser.h"

/* What a tensor says of where its elements are. Texts are the file's, "" where it says nothing. */
typedef struct external_part {
  const char *location, *offset, *length;
} external_part;

/* Reads one StringStringEntryProto of TensorProto.external_data into the external_part that is the argument. */
bool external_read(pb_istream_t *stream, const pb_field_t *field, void **part);

/* Finds `bytes` of elements for the tensor of this name. *data is NULL where only names of files are asked for. */
bool external_find(parser *p, const external_part *part, const char *tensor, uint64_t bytes, const void **data);

#endif
