package dev.savile.generate.constrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.engine.Rng;
import dev.savile.text.JsonTokenizer;
import dev.savile.text.Shared;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;

/// Whatever is written under a schema is JSON that satisfies it; the checker knows nothing of automata.
class JsonSchemaTest {
    private static final Pieces PIECES = Pieces.withBytes(
                    "{\"", "\":", "\": ", "\",", "\", \"", "\"}", "\"}]", "[{\"", "},", "true", "false", "null", "10",
                    "00", "-1", "1.5", "e1", "abc", "the", " the", "\\n", "\\\"", "\\u00", "\n  ", ", ", "é", "ß", "漢字",
                    "😀", "\"\"", "[]", "{}", "\\\\", "\t", "a\"", "name", "kind", "2024-", "02-29", "@", "T12:")
            .and(
                    new byte[] {(byte) 0xE2, (byte) 0x82}, // the beginning of €
                    new byte[] {(byte) 0xAC, '"'}, // its end, and the end of a string
                    new byte[] {'x', (byte) 0xF0, (byte) 0x9F},
                    new byte[] {(byte) 0x98, (byte) 0x80, 'y'},
                    new byte[] {(byte) 0xC3});

    /// One or more for each thing that a schema may say.
    static final List<String> SCHEMAS = List.of(
            "{'type':'string'}",
            "{'type':'string','minLength':2,'maxLength':4}",
            "{'type':'string','maxLength':0}",
            "{'minLength':3}",
            "{'type':'string','pattern':'^[a-c]{2,5}$'}",
            "{'type':'string','pattern':'^a|z$'}",
            "{'type':'string','pattern':'[0-9]-\\\"'}",
            "{'type':'string','pattern':'^(\\\\\\\\|\\\\n|\\\"|é|.){3}$'}",
            "{'type':'string','pattern':'^[^a-z]+$'}",
            "{'type':'string','format':'date'}",
            "{'type':'string','format':'time'}",
            "{'type':'string','format':'date-time'}",
            "{'type':'string','format':'uuid'}",
            "{'type':'integer'}",
            "{'type':'integer','minimum':1,'maximum':5}",
            "{'type':'integer','exclusiveMinimum':-20,'maximum':130}",
            "{'type':'integer','minimum':17}",
            "{'maximum':-3}",
            "{'type':'number'}",
            "{'type':'number','minimum':0}",
            "{'type':'number','exclusiveMinimum':-1,'exclusiveMaximum':1}",
            "{'type':'boolean'}",
            "{'type':'null'}",
            "{'type':['integer','null']}",
            "{'type':['string','boolean','array'],'maxLength':3,'items':{'type':'null'},'maxItems':2}",
            "{'enum':['red','green','blu\\u00e9','a\\\"b\\\\c\\n',1,2.50,null,true,[1,'x'],{'k':[]}]}",
            "{'type':'string','enum':['low','high']}",
            "{'const':'fixed value'}",
            "{'const':{'a':1}}",
            "{'type':'array','items':{'type':'integer'}}",
            "{'type':'array','items':{'enum':['a','b']},'minItems':2,'maxItems':4}",
            "{'type':'array','items':{'type':'boolean'},'minItems':3}",
            "{'items':{'type':'null'},'maxItems':0}",
            "{'type':'array','items':{'type':'array','items':{'type':'integer'},'maxItems':2},'minItems':1,'maxItems':3}",
            "{'type':'object'}",
            "{'type':'object','properties':{'a':{'type':'integer'}}}",
            "{'type':'object','properties':{'a':{'type':'integer'},'b':{'type':'boolean'},'c':{'type':'null'}}}",
            "{'type':'object','properties':{'a':{'type':'integer'},'b':{'type':'boolean'},'c':{'type':'null'}},"
                    + "'required':['b'],'additionalProperties':false}",
            "{'type':'object','properties':{'a':{'type':'null'},'b':{'type':'null'},'c':{'type':'null'}},"
                    + "'required':['a','c']}",
            "{'type':'object','properties':{'na\\\"me':{'type':'string'},'größe':{'type':'number'}},'required':['größe']}",
            "{'properties':{'o':{'properties':{'i':{'type':'integer'}},'required':['i']}},'required':['o']}",
            "{'anyOf':[{'type':'integer'},{'type':'string','maxLength':2},{'type':'null'}]}",
            "{'oneOf':[{'type':'integer'},{'type':'string'}]}",
            "{'oneOf':[{'const':1},{'enum':['1',2]},{'type':'object'}]}",
            "{'allOf':[{'$ref':'#/$defs/x'}],'$defs':{'x':{'type':'boolean'}}}",
            "{'oneOf':[{'$ref':'#/definitions/card'},{'$ref':'#/definitions/cash'}],'definitions':{"
                    + "'card':{'type':'object','properties':{'kind':{'const':'card'},'number':{'pattern':'^[0-9]{4}$'}},"
                    + "'required':['kind','number']},"
                    + "'cash':{'type':'object','properties':{'kind':{'const':'cash'}},'required':['kind']}}}",
            "{'oneOf':[{'type':'object','properties':{'a':{'type':'null'}},'additionalProperties':false},"
                    + "{'type':'object','properties':{'b':{'type':'null'}},'required':['b']}]}",
            "{'$ref':'#/$defs/tree','$defs':{'tree':{'type':'object','properties':{'value':{'type':'integer'},"
                    + "'children':{'type':'array','items':{'$ref':'#/$defs/tree'},'maxItems':2}},'required':['value']}}}",
            "{'type':'object','properties':{'next':{'$ref':'#'},'last':{'type':'boolean'}},'required':['last']}",
            "{'$schema':'https://json-schema.org/draft/2020-12/schema','title':'Ticket','description':'As it is read.',"
                    + "'type':'object','properties':{"
                    + "'department':{'type':'string','enum':['billing','shipping','other'],'description':'who'},"
                    + "'urgency':{'type':'integer','minimum':1,'maximum':5,'default':3},"
                    + "'summary':{'type':'string','maxLength':60},"
                    + "'tags':{'type':'array','items':{'type':'string','pattern':'^[a-z]{1,8}$'},'maxItems':3},"
                    + "'amount':{'type':['number','null']},"
                    + "'due':{'anyOf':[{'type':'string','format':'date'},{'type':'null'}]}},"
                    + "'required':['department','urgency','summary'],'additionalProperties':false}");

    /// Schemas are written with ' for ".
    private static JsonNode schema(String text) {
        return Json.strict().readTree(text.replace('\'', '"'));
    }

    @ParameterizedTest
    @FieldSource("SCHEMAS")
    void whateverIsWrittenSatisfiesTheSchema(String text) {
        JsonNode schema = schema(text);
        var checker = new SchemaChecker(schema);
        TokenConstraint constraint = PIECES.constraint(Automaton.jsonSchema(schema));
        Rng rng = Rng.of(5, text);
        for (int i = 0; i < 150; i++) {
            int maxTokens = constraint.enoughTokens() + rng.nextInt(60);
            var walk = new RandomWalk(constraint, PIECES, Pieces.END, i % 2 == 0 ? 0.5 : 0);
            String written = walk.write(maxTokens, rng).text();
            assertThat(checker.valid(written)).as(written).isTrue();
        }
    }

    @Test
    void theTokensOfARealModelWriteNothingElse() {
        JsonTokenizer tokenizer = Shared.smolFromGguf();
        int end = tokenizer.idOf("<|im_end|>").orElseThrow();
        var vocabulary = Vocabulary.of(tokenizer, List.of(end));
        for (String text : SCHEMAS) {
            JsonNode schema = schema(text);
            var checker = new SchemaChecker(schema);
            var constraint = new TokenConstraint(Automaton.jsonSchema(schema), vocabulary);
            Rng rng = Rng.of(6, text);
            for (int i = 0; i < 4; i++) {
                int maxTokens = constraint.enoughTokens() + rng.nextInt(30);
                String written = new RandomWalk(constraint, tokenizer, end, 0.3)
                        .write(maxTokens, rng)
                        .text();
                assertThat(checker.valid(written)).as(written).isTrue();
            }
        }
    }

    /// Values that must be within reach, in the way a model would write them.
    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "{'type':'string'} ~ 'a \\'quoted\\' word, a line\\n and ünï漢😀 / &'",
                "{'type':'string','minLength':2,'maxLength':2} ~ '😀\\n'",
                "{'type':'string','pattern':'b+'} ~ 'abbc'",
                "{'type':'number'} ~ -12.5e+3",
                "{'type':'integer'} ~ 0",
                "{'type':'number','minimum':0} ~ 19.99",
                "{'properties':{'a':{'type':'integer'},'b':{'type':'null'}}} ~ {}",
                "{'properties':{'a':{'type':'integer'},'b':{'type':'null'}}} ~ {'b': null}",
                "{'properties':{'a':{'type':'integer'},'b':{'type':'null'}}} ~ {'a':1,'b':null}",
                "{'properties':{'a':{'type':'integer'},'b':{'type':'null'}}} ~ {¶  'a': 1,¶  'b': null¶}",
                "{'type':'array','items':{'type':'integer'}} ~ []",
                "{'type':'array','items':{'type':'integer'}} ~ [1, 22, 333]",
                "{'properties':{'next':{'$ref':'#'}}} ~ {'next':{'next':{'next':{}}}}",
                "{'type':'string','format':'date'} ~ '2024-02-29'",
                "{'type':'string','format':'date-time'} ~ '1999-12-31T23:59:59.5+01:00'"
            })
    void whatOneWouldWriteIsAccepted(String schema, String value) {
        String text = value.replace("\\'", "\\\"").replace('\'', '"').replace('¶', '\n');
        assertThat(Automaton.jsonSchema(schema(schema)).matches(text)).as(text).isTrue();
        assertThat(new SchemaChecker(schema(schema)).valid(text)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "{'type':'string','maxLength':2} ~ 'abc'",
                "{'type':'string'} ~ 'a",
                "{'type':'string','pattern':'^b'} ~ 'abbc'",
                "{'type':'integer'} ~ 1.0",
                "{'type':'integer'} ~ 01",
                "{'properties':{'a':{'type':'null'},'b':{'type':'null'}},'required':['a']} ~ {'b':null}",
                "{'properties':{'a':{'type':'null'},'b':{'type':'null'}}} ~ {'a':null,}",
                "{'properties':{'a':{'type':'null'},'b':{'type':'null'}}} ~ {,'b':null}",
                "{'properties':{'a':{'type':'null'},'b':{'type':'null'}}} ~ {'a':null 'b':null}",
                "{'properties':{'a':{'type':'null'},'b':{'type':'null'}}} ~ {'a':null,'a':null}",
                "{'type':'array','items':{'type':'integer'},'minItems':2} ~ [1]",
                "{'type':'array','items':{'type':'integer'},'maxItems':2} ~ [1,2,3]",
                "{'type':'string','format':'date'} ~ '2023-02-29'",
                "{'type':'string','format':'date'} ~ '1900-02-29'",
                "{'type':'string','format':'date'} ~ '2024-04-31'"
            })
    void whatBreaksTheSchemaIsNot(String schema, String value) {
        assertThat(Automaton.jsonSchema(schema(schema)).matches(value.replace('\'', '"')))
                .isFalse();
    }

    @Test
    void everySubsetOfOptionalMembersIsReached() {
        String members = IntStream.range(0, 5)
                .mapToObj(i -> "'m" + i + "':{'const':" + i + "}")
                .collect(Collectors.joining(","));
        Automaton automaton = Automaton.jsonSchema(schema("{'properties':{" + members + "},'required':['m2']}"));
        for (int subset = 0; subset < 32; subset++) {
            List<String> chosen = new ArrayList<>();
            for (int i = 0; i < 5; i++) if ((subset >> i & 1) != 0) chosen.add("\"m" + i + "\":" + i);
            assertThat(automaton.matches("{" + String.join(",", chosen) + "}")).isEqualTo((subset >> 2 & 1) != 0);
        }
    }

    @Test
    void manyOptionalMembersAndDeepArraysStaySmall() {
        assertThat(Automaton.jsonSchema(schema("{'type':'string'}")).states()).isLessThan(20);
        assertThat(Automaton.jsonSchema(schema("{'type':'string','maxLength':2000}"))
                        .states())
                .isBetween(15_000, 25_000);
        String members = IntStream.range(0, 100)
                .mapToObj(i -> "'member" + i + "':{'type':'integer'}")
                .collect(Collectors.joining(","));
        assertThat(Automaton.jsonSchema(schema("{'properties':{" + members + "}}"))
                        .states())
                .isLessThan(20_000);
        String nested = "{'type':'integer'}";
        for (int i = 0; i < 20; i++) nested = "{'type':'array','items':" + nested + "}";
        assertThat(Automaton.jsonSchema(schema(nested)).states()).isLessThan(3_000);
    }

    @Test
    void whatContainsItselfEndsAfterThreeLevels() {
        Automaton automaton = Automaton.jsonSchema(schema("{'properties':{'next':{'$ref':'#'}}}"));
        Set<Integer> depths = new HashSet<>();
        String text = "{}";
        for (int depth = 0; depth < 8; depth++) {
            if (automaton.matches(text)) depths.add(depth);
            text = "{\"next\":" + text + "}";
        }
        assertThat(depths).containsExactlyInAnyOrder(0, 1, 2, 3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "{'type':'array','items':{'type':'null'},'uniqueItems':true} ~ #/uniqueItems ~ 'uniqueItems' is not supported",
                "{'type':'string','minlength':1} ~ #/minlength ~ did you mean minLength?",
                "{'type':'boolean','minLength':1} ~ #/minLength ~ not supported here",
                "{'properties':{'a':{'type':'null','not':{}}}} ~ #/properties/a/not ~ 'not' is not supported",
                "{'type':'object','additionalProperties':true} ~ #/additionalProperties ~ members that are not named",
                "{'type':'object','additionalProperties':{'type':'null'}} ~ #/additionalProperties ~ set it to false",
                "{'type':'object','required':['b']} ~ #/required ~ 'b' is required but not described",
                "{'type':'array'} ~ #: ~ what its elements are",
                "{} ~ # ~ does not say what is to be written",
                "{'items':true} ~ #/items ~ 'true' does not say",
                "{'type':'text'} ~ #/type ~ 'text' is no type",
                "{'type':5} ~ #/type ~ array of strings",
                "{'type':'string','minLength':-1} ~ #/minLength ~ '-1' is no count",
                "{'type':'string','minLength':3,'maxLength':2} ~ #/minLength ~ above maxLength",
                "{'type':'string','minLength':3,'pattern':'a'} ~ # ~ several",
                "{'type':'string','format':'email'} ~ #/format ~ 'email' is not known",
                "{'type':'integer','minimum':'1'} ~ #/minimum ~ is no number",
                "{'type':'integer','minimum':1,'exclusiveMinimum':1} ~ #/exclusiveMinimum ~ beside minimum",
                "{'type':'integer','minimum':3,'maximum':2} ~ # ~ no value",
                "{'type':'number','minimum':0.5} ~ # ~ must be whole",
                "{'type':'string','enum':['a',1]} ~ #/enum/1 ~ not of the type",
                "{'enum':[]} ~ #/enum ~ at least one element",
                "{'enum':['a'],'minLength':2} ~ #/minLength ~ not supported here",
                "{'allOf':[{'type':'null'},{'type':'null'}]} ~ #/allOf ~ several schemas",
                "{'anyOf':[{'type':'null'}],'type':'null'} ~ #/type ~ not supported here",
                "{'oneOf':[{'type':'integer'},{'type':'number'}]} ~ #/oneOf ~ branch 0 and branch 1",
                "{'oneOf':[{'type':'object','properties':{'a':{'type':'null'}}},{'type':'object'}]} ~ #/oneOf ~ anyOf",
                "{'oneOf':[{'enum':[1,2]},{'const':2.0}]} ~ #/oneOf ~ branch 0 and branch 1",
                "{'$ref':'other.json#/x'} ~ #/$ref ~ not a part of this schema",
                "{'$ref':'#/$defs/x'} ~ #/$ref ~ nothing at",
                "{'$ref':'#'} ~ # ~ no value",
                "{'properties':{'a':{'$ref':'#'}},'required':['a']} ~ # ~ no value of a finite size",
                "{'enum':['a','\\u0001']} ~ #/enum/1 ~ control character",
                "[1] ~ # ~ does not say what is to be written"
            })
    void whatIsNotSupportedIsRefusedWithItsPath(String schema, String path, String message) {
        assertThatThrownBy(() -> Automaton.jsonSchema(schema(schema))).isInstanceOfSatisfying(UserError.class, e -> {
            assertThat(e.code()).isEqualTo("constrain.schema");
            assertThat(e.what()).startsWith(path);
            assertThat(e.what() + " " + e.fix()).contains(message);
        });
    }

    @Test
    void aPatternIsRefusedWithPathAndPlace() {
        assertThatThrownBy(() -> Automaton.jsonSchema(schema("{'properties':{'a':{'pattern':'(?=a)'}}}")))
                .isInstanceOfSatisfying(UserError.class, e -> {
                    assertThat(e.code()).isEqualTo("constrain.regex");
                    assertThat(e.what()).contains("the pattern at #/properties/a, character 1 ");
                });
    }

    @Test
    void aSchemaThatExplodesIsRefusedAtOnce() {
        var laughs = new StringBuilder("{'$ref':'#/$defs/d0','$defs':{");
        for (int i = 0; i < 40; i++)
            laughs.append(
                    "'d%d':{'anyOf':[{'$ref':'#/$defs/d%d'},{'$ref':'#/$defs/d%d'}]},".formatted(i, i + 1, i + 1));
        laughs.append("'d40':{'type':'null'}}}");
        String deep = "{'type':'array','items':".repeat(200) + "{'type':'null'}" + "}".repeat(200);
        List<String> schemas = List.of(
                laughs.toString(),
                deep,
                "{'type':'string','minLength':1000000}",
                "{'type':'array','maxItems':100000,'items':{'type':'string','maxLength':100000}}",
                "{'properties':{'a':{'$ref':'#'},'b':{'$ref':'#'},'c':{'$ref':'#'},'d':{'$ref':'#'},'e':{'$ref':'#'},"
                        + "'f':{'$ref':'#'},'g':{'type':'string','maxLength':50}}}");
        for (String schema : schemas)
            Assertions.assertTimeoutPreemptively(
                    Duration.ofSeconds(5), () -> assertThatThrownBy(() -> Automaton.jsonSchema(schema(schema)))
                            .isInstanceOfSatisfying(
                                    UserError.class, e -> assertThat(e.code()).isEqualTo("constrain.too-large")));
    }
}
