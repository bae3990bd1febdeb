{
  "variables": {
    # GCC 12 takes its own reductions of vectors for uses of nothing.
    "avx512": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma", "-Wno-uninitialized", "-Wno-maybe-uninitialized"]
  },
  "target_defaults": {
    "cflags": ["-O3", "-fvisibility=hidden"],
    "cflags_cc!": ["-fno-exceptions"],
    "cflags_cc": ["-std=c++17", "-fexceptions", "-ffp-contract=off", "-Wall", "-Wextra"],
    "xcode_settings": {
      "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
      "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
      "GCC_OPTIMIZATION_LEVEL": "3",
      "GCC_SYMBOLS_PRIVATE_EXTERN": "YES"
    }
  },
  "targets": [
    {
      "target_name": "paperkin_encoder",
      "sources": ["native/addon.cc", "native/cpu.cc", "native/encoder.cc", "native/kernels_portable.cc"],
      "conditions": [
        ["target_arch=='x64'", { "dependencies": ["kernels_avx512vnni", "kernels_avx512", "kernels_avxvnni", "kernels_avx2"] }]
      ]
    }
  ],
  "conditions": [
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "kernels_avx512vnni",
          "type": "static_library",
          "sources": ["native/kernels_avx512vnni.cc"],
          "cflags_cc": ["<@(avx512)", "-mavx512vnni"]
        },
        {
          "target_name": "kernels_avx512",
          "type": "static_library",
          "sources": ["native/kernels_avx512.cc"],
          "cflags_cc": ["<@(avx512)"]
        },
        {
          "target_name": "kernels_avxvnni",
          "type": "static_library",
          "sources": ["native/kernels_avxvnni.cc"],
          "cflags_cc": ["-mavx2", "-mfma", "-mavxvnni"]
        },
        {
          "target_name": "kernels_avx2",
          "type": "static_library",
          "sources": ["native/kernels_avx2.cc"],
          "cflags_cc": ["-mavx2", "-mfma"]
        },
        {
          # hnswlib-node's own source: npm compiles it for processors without vector instructions.
          "target_name": "hnswlib_avx512",
          "sources": ["node_modules/hnswlib-node/src/addon.cc"],
          "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
          "defines": ["NAPI_DISABLE_CPP_EXCEPTIONS"],
          "cflags_cc": ["<@(avx512)", "-mavx2", "-w"]
        },
        {
          "target_name": "hnswlib_avx2",
          "sources": ["node_modules/hnswlib-node/src/addon.cc"],
          "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
          "defines": ["NAPI_DISABLE_CPP_EXCEPTIONS"],
          "cflags_cc": ["-mavx2", "-mfma", "-w"]
        }
      ]
    }]
  ]
}
