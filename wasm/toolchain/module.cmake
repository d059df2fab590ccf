# WebAssembly: phaselens.{mjs,wasm}, THIRD-PARTY-LICENSES.txt, and the benchmark of the core on demand, in build/wasm-<flavour>.

set(output ${build}/wasm-${PHASELENS_FLAVOUR})
enable_language(CXX)
add_executable(phaselens wasm/binding/bind.cpp)
set_target_properties(phaselens PROPERTIES
  CXX_STANDARD 17 SUFFIX .mjs RUNTIME_OUTPUT_DIRECTORY ${output})
# Names of types are for who writes a binding: 1.5 kB less are sent, here and in Embind's own library (below).
target_compile_options(phaselens PRIVATE -Wall -Wextra -fno-exceptions -fno-rtti -DEMSCRIPTEN_HAS_UNBOUND_TYPE_NAMES=0 -Oz)
target_link_libraries(phaselens PRIVATE phaselens-core)
target_link_options(phaselens PRIVATE
  -O2 -lembind -fno-rtti # not -Oz, which makes the kernels a fifth slower
  # The glue imports nothing of Node's, which bundlers choke on: the API compiles the module itself and hands it over.
  -sMODULARIZE=1 -sEXPORT_ES6=1 -sENVIRONMENT=web -sINCOMING_MODULE_JS_API=instantiateWasm
  # No eval: a strict content security policy holds.
  -sDYNAMIC_EXECUTION=0
  # Grown by what is asked for, not by a fifth: a large model should not hold memory that nobody uses.
  -sALLOW_MEMORY_GROWTH=1 -sMEMORY_GROWTH_GEOMETRIC_STEP=0 -sMEMORY_GROWTH_LINEAR_STEP=8MB -sMAXIMUM_MEMORY=4GB -sSTACK_SIZE=1MB
  -sFILESYSTEM=0 -sSUPPORT_LONGJMP=0 -sASSERTIONS=0)

set(licenses
  "XNNPACK (BSD-3-Clause)" ${PHASELENS_XNNPACK_SOURCE}/LICENSE
  "pthreadpool (BSD-2-Clause)" ${PHASELENS_PTHREADPOOL_SOURCE}/LICENSE
  "FXdiv (MIT)" ${PHASELENS_FXDIV_SOURCE}/LICENSE
  "KISS FFT (BSD-3-Clause)" ${PHASELENS_KISSFFT_SOURCE}/COPYING
  "KISS FFT's licence" ${PHASELENS_KISSFFT_SOURCE}/LICENSES/BSD-3-Clause
  "nanopb (Zlib)" ${PHASELENS_NANOPB_SOURCE}/LICENSE.txt
  "cJSON (MIT)" ${PHASELENS_CJSON_SOURCE}/LICENSE
  "Emscripten (MIT or NCSA)" ${EMSCRIPTEN_ROOT_PATH}/LICENSE
  "musl, the C library (MIT)" ${EMSCRIPTEN_ROOT_PATH}/system/lib/libc/musl/COPYRIGHT
  "libc++, libc++abi and compiler-rt of LLVM (Apache-2.0 with LLVM exceptions)" ${EMSCRIPTEN_ROOT_PATH}/system/lib/libcxx/LICENSE.TXT)
set(text "The WebAssembly modules of Phaselens contain parts of these works.\n")
while(licenses)
  list(POP_FRONT licenses title file)
  file(READ ${file} license)
  string(REPEAT "=" 100 line)
  string(APPEND text "\n${line}\n${title}\n${line}\n\n${license}")
endwhile()
file(GENERATE OUTPUT ${output}/THIRD-PARTY-LICENSES.txt CONTENT "${text}")

# cmake --build --preset <flavour> --target bench: build/wasm-<flavour>/bench.mjs, for tests/bench/run.mjs
add_executable(bench EXCLUDE_FROM_ALL ${bench_sources})
set_target_properties(bench PROPERTIES SUFFIX .mjs RUNTIME_OUTPUT_DIRECTORY ${output})
target_link_libraries(bench PRIVATE phaselens-core xnnpack)
target_link_options(bench PRIVATE ${count_packing}
  -O2 -sMODULARIZE=1 -sEXPORT_ES6=1 -sENVIRONMENT=web,worker -sALLOW_MEMORY_GROWTH=1 -sSTACK_SIZE=1MB
  -sEXPORTED_FUNCTIONS=_bench_network,_bench_picture,_bench_load,_bench_peak,_malloc,_free,_pl_error_message -sEXPORTED_RUNTIME_METHODS=HEAPU8,UTF8ToString)
