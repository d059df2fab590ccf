/* Tensors of an ONNX file: their elements stay where they are, in the file or in another one beside it. */
#ifndef TENSORS_H
#define TENSORS_H

#include "network/file/parser.h"

/* The rest of a message that is a TensorProto, or a SparseTensorProto, which becomes an ordinary tensor. */
bool tensors_take(parser *p, pb_istream_t *stream, onnx_tensor *t);
bool tensors_take_sparse(parser *p, pb_istream_t *stream, onnx_tensor *t);

#endif
