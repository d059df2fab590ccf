"""onnx_decoder.py OPTIONS FOLDER: writes onnx.pb.h and onnx.pb.c, nanopb's tables for ONNX files.

The format's description is the one inside the onnx package, so that no protoc is needed.
"""

import pathlib
import sys

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from nanopb.generator import nanopb_generator
from onnx import onnx_ml_pb2

options, folder = sys.argv[1], pathlib.Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
files = FileDescriptorSet()
onnx_ml_pb2.DESCRIPTOR.CopyToProto(files.file.add())
files.file[0].name = "onnx.proto"  # the generated files take its name
description = folder / "onnx.pb"
description.write_bytes(files.SerializeToString())
sys.argv = ["nanopb_generator", "--quiet", "--error-on-unmatched", f"--options-file={options}", f"--output-dir={folder}",
            str(description)]
nanopb_generator.main_cli()
