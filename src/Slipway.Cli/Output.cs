using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Slipway.Cli;

/// <summary>Prints an answer: aligned text for a person, one JSON document with --json.</summary>
internal sealed class Output(ParseResult parsed)
{
    public static readonly JsonSerializerOptions JsonOptions = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public bool Json { get; } = parsed.GetValue(GlobalOptions.Json);

    /// <summary>A list: a table with the named columns, or the whole array as JSON.</summary>
    public void List(JsonNode answer, string whenEmpty, params (string Title, string Property)[] columns)
    {
        if (Json)
        {
            Console.WriteLine(answer.ToJsonString(JsonOptions));
            return;
        }
        var rows = answer.AsArray();
        if (rows.Count == 0)
        {
            Console.WriteLine(whenEmpty);
            return;
        }
        Rows(columns.Select(c => c.Title).ToArray(), rows.Select(row => columns.Select(c => Text(row?[c.Property])).ToArray()));
    }

    /// <summary>One object: its properties, one a line, or the object as JSON.</summary>
    public void Object(JsonNode answer)
    {
        if (Json)
        {
            Console.WriteLine(answer.ToJsonString(JsonOptions));
            return;
        }
        var width = answer.AsObject().Max(p => (int?)p.Key.Length) ?? 0;
        foreach (var (key, value) in answer.AsObject())
            Console.WriteLine($"{key.PadRight(width)}  {Text(value)}");
    }

    public void Object<T>(T answer) => Object(JsonSerializer.SerializeToNode(answer, JsonOptions)!);

    /// <summary>Text for a person; with --json the same fact as a document.</summary>
    public void Done(string text, object answer)
    {
        if (Json) Console.WriteLine(JsonSerializer.Serialize(answer, JsonOptions));
        else Console.WriteLine(text);
    }

    public static void Rows(IReadOnlyList<string> titles, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table { Border = TableBorder.None, ShowHeaders = true };
        foreach (var title in titles) table.AddColumn(new TableColumn(Markup.Escape(title.ToUpperInvariant())) { NoWrap = true, Padding = new Padding(0, 0, 2, 0) });
        foreach (var row in rows) table.AddRow(row.Select(cell => new Text(cell)));
        var console = AnsiConsole.Create(new AnsiConsoleSettings());
        if (Console.IsOutputRedirected) console.Profile.Width = 400;
        console.Write(table);
    }

    private static string Text(JsonNode? value) => value switch
    {
        null => "",
        JsonArray array => string.Join(", ", array.Select(Text)),
        JsonObject => value.ToJsonString(),
        _ => value.ToString(),
    };
}
