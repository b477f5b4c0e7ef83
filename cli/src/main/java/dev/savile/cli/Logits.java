package dev.savile.cli;

import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.customization.Customization;
import dev.savile.customization.CustomizationSet;
import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.files.hub.ModelFiles;
import dev.savile.files.safetensors.SafetensorsWriter;
import dev.savile.forest.TokenForest;
import dev.savile.model.BaseModel;
import dev.savile.model.CausalLm;
import dev.savile.model.Machine;
import dev.savile.model.Tuning;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Run `savile logits`. It works for a folder without a tokenizer.
final class Logits {
    private final Console console;
    private final GlobalOptions global;

    Logits(Console console, GlobalOptions global) {
        this.console = console;
        this.global = global;
    }

    int run(String idList, String prompt, Path out) {
        if (idList.isEmpty() == prompt.isEmpty())
            throw new UserError(
                    "logits.input",
                    "give either --ids or --prompt",
                    "the tokens must be known",
                    "write for example --ids 1,2,3");
        CustomizationSet customizations = Session.customizations(global, console);
        Session.refusePrompt(
                customizations,
                "logits are those of the given tokens, and a prompt changes no weight",
                "leave it away");
        return EngineThread.call(() -> {
            Machine.Compute compute = Session.compute(global, console);
            ModelFiles files = Session.locate(global, console);
            int[] ids = idList.isEmpty()
                    ? BaseModel.encoder(files.folder()).tokenizer().encodeFirst(prompt)
                    : ids(idList);
            try (CausalLm model = BaseModel.decoder(
                    files.folder(),
                    compute.precision(),
                    compute.device(),
                    global.quantization().storage())) {
                check(ids, model);
                try (Customization.Attached attached = customizations.attach(model)) {
                    return write(model, attached.tuning(), ids, out);
                }
            }
        });
    }

    private static int[] ids(String list) {
        try {
            return Arrays.stream(list.split(","))
                    .map(String::strip)
                    .mapToInt(Integer::parseInt)
                    .toArray();
        } catch (NumberFormatException e) {
            throw new UserError(
                            "logits.input",
                            "'" + list + "' is no list of token ids",
                            "ids are whole numbers",
                            "write for example --ids 1,2,3")
                    .causedBy(e);
        }
    }

    private static void check(int[] ids, CausalLm model) {
        for (int id : ids)
            if (id < 0 || id >= model.spec().vocabulary())
                throw new UserError(
                        "logits.input",
                        "the id " + id + " is outside the vocabulary of "
                                + model.spec().vocabulary(),
                        "there is no such token",
                        "use ids from 0 to " + (model.spec().vocabulary() - 1));
        if (ids.length > model.spec().maxPositions())
            throw new UserError(
                    "logits.input",
                    ids.length + " ids are more than the context of "
                            + model.spec().maxPositions(),
                    "the model has no positions beyond it",
                    "give fewer");
    }

    private int write(CausalLm model, Tuning tuning, int[] ids, Path out) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            var builder = TokenForest.builder();
            int segment = builder.ids(tuning.lead().plant(builder), ids);
            TokenForest forest = builder.build();
            Tensor hidden = model.forward(forest, tuning).narrow(0, forest.start(segment), ids.length);
            Tensor logits =
                    model.logits(hidden, tuning).to(DType.F32).on(Device.CPU).contiguous();
            Tensor logProbs = Tensors.zeros(DType.F32, Device.CPU, 0);
            if (ids.length > 1) {
                Tensor next = Tensors.of(Arrays.copyOfRange(ids, 1, ids.length)).unsqueeze(1);
                logProbs = logits.logSoftmax(1)
                        .narrow(0, 0, ids.length - 1L)
                        .gather(1, next)
                        .squeeze(1)
                        .contiguous();
            }
            if (out.toString().endsWith(".json")) {
                Map<String, Object> fields = new LinkedHashMap<>();
                fields.put("shape", logits.shape());
                fields.put("logits", logits.toFloats());
                fields.put("logprobs", logProbs.toFloats());
                DurableFiles.write(out, Json.line(fields));
            } else {
                SafetensorsWriter.write(
                        out,
                        List.of(
                                new SafetensorsWriter.Entry(
                                        "logits", DType.F32, logits.shape(), Tensors.memory(logits)),
                                new SafetensorsWriter.Entry(
                                        "logprobs", DType.F32, logProbs.shape(), Tensors.memory(logProbs))),
                        Map.of("format", "pt"));
            }
            console.print("wrote " + out + ": logits " + Arrays.toString(logits.shape()));
            console.result(Map.of("file", out.toString(), "time", ids.length, "vocabulary", logits.size(1)));
            return ExitCode.OK;
        }
    }
}
