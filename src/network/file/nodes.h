/* Nodes of an ONNX file, with their attributes. */
#ifndef NODES_H
#define NODES_H

#include "network/file/parser.h"

/* What nanopb calls for a NodeProto, which goes to the nodes of the parser that is the argument, and for an AttributeProto, which
 * goes to the list that is the argument. */
bool nodes_read(pb_istream_t *stream, const pb_field_t *field, void **parser);
bool nodes_read_attribute(pb_istream_t *stream, const pb_field_t *field, void **list);

#endif
