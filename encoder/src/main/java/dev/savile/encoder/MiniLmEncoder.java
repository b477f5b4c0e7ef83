package dev.savile.encoder;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.savile.technique.prompt.SentenceEncoder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Embed texts by all-MiniLM-L6-v2, six layers trained to bring sentences of one meaning together: the mean of its last
/// states over a text's tokens, of length 1, `[384]`.
///
/// The weights are in 8 bits (23 MB, Apache-2.0). Each text goes in alone, since the 8-bit products are scaled by all
/// that
/// is in one pass, and a text's vector must not depend on its company. Texts are cut at 256 tokens, as in training.
/// *Cost*: some milliseconds a text on one core. *Paper*: Wang et al., "MiniLM: deep self-attention distillation",
/// 2020; Reimers and Gurevych, "Sentence-BERT", 2019. *Reference*: langchain4j's reader of the same file, 1e-5.
public final class MiniLmEncoder implements SentenceEncoder {
    private static final String MODEL = "/all-minilm-l6-v2-q.onnx";
    private static final String TOKENIZER = "/all-minilm-l6-v2-q-tokenizer.json";
    private static final int MAX_TOKENS = 256;

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final HuggingFaceTokenizer tokenizer;

    public MiniLmEncoder() {
        try (var options = new OrtSession.SessionOptions();
                InputStream model = resource(MODEL);
                InputStream words = resource(TOKENIZER)) {
            // Texts are short: a second thread would mostly wait, and take a core from libtorch.
            options.setIntraOpNumThreads(1);
            session = environment.createSession(model.readAllBytes(), options);
            tokenizer = HuggingFaceTokenizer.newInstance(
                    words,
                    Map.of(
                            "padding",
                            "false",
                            "truncation",
                            "true",
                            "maxLength",
                            Integer.toString(MAX_TOKENS),
                            "modelMaxLength",
                            Integer.toString(MAX_TOKENS)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime cannot read " + MODEL, e);
        }
    }

    private static InputStream resource(String name) {
        InputStream found = MiniLmEncoder.class.getResourceAsStream(name);
        if (found == null) throw new IllegalStateException(name + " is not on the class path");
        return found;
    }

    @Override
    public String id() {
        return "minilm";
    }

    @Override
    public float[][] embed(List<String> texts) {
        float[][] vectors = new float[texts.size()][];
        for (int i = 0; i < vectors.length; i++) vectors[i] = embed(texts.get(i));
        return vectors;
    }

    private float[] embed(String text) {
        Encoding encoding = tokenizer.encode(text);
        Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
        try {
            inputs.put("input_ids", tensor(encoding.getIds()));
            inputs.put("attention_mask", tensor(encoding.getAttentionMask()));
            inputs.put("token_type_ids", tensor(encoding.getTypeIds()));
            try (OrtSession.Result result = session.run(inputs)) {
                float[][][] states = (float[][][]) result.get(0).getValue(); // [1, tokens, 384]
                return unit(mean(states[0]));
            }
        } catch (OrtException e) {
            throw new IllegalStateException(
                    "ONNX Runtime could not embed a text of " + text.length() + " characters", e);
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private OnnxTensor tensor(long[] row) throws OrtException {
        return OnnxTensor.createTensor(environment, new long[][] {row});
    }

    private static float[] mean(float[][] states) {
        float[] mean = new float[states[0].length];
        for (float[] state : states) for (int k = 0; k < mean.length; k++) mean[k] += state[k] / states.length;
        return mean;
    }

    private static float[] unit(float[] vector) {
        double squares = 0;
        for (float value : vector) squares += (double) value * value;
        float length = (float) Math.sqrt(squares);
        for (int k = 0; length > 0 && k < vector.length; k++) vector[k] /= length;
        return vector;
    }
}
