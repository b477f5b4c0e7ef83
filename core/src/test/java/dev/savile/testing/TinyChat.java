package dev.savile.testing;

import dev.savile.common.DurableFiles;
import dev.savile.engine.EngineThread;
import dev.savile.model.BaseModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// The model of [Golden#tinyChat], loaded once for all tests of a class.
public final class TinyChat implements BeforeAllCallback, AfterAllCallback {
    private @Nullable Path home;
    private @Nullable BaseModel loaded;

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        Path made = Files.createTempDirectory("tiny-chat");
        home = made;
        loaded = EngineThread.call(() -> Golden.tinyChat(made));
    }

    /// The model.
    public BaseModel base() {
        if (loaded == null) throw new IllegalStateException("the model is not loaded");
        return loaded;
    }

    @Override
    public void afterAll(ExtensionContext context) {
        BaseModel model = loaded;
        if (model != null) EngineThread.run(model::close);
        if (home != null) DurableFiles.delete(home);
    }
}
