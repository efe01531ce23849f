using System.Text;
using System.Text.Json;
using Slipway.Packages;

namespace Slipway.Builds.Roots;

/// <summary>The record of what was resolved, in the ancestor's solver.json: sorted keys, indent 4.</summary>
internal static class SolverJson
{
    private const string Listed = "listed_in_kiwi_description";
    private static readonly JsonWriterOptions Indented = new() { Indented = true, IndentSize = 4, NewLine = "\n" };

    internal static string Write(string package, IReadOnlyList<ResolvedPackage> resolved)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            json.WriteString("image", package);
            json.WriteStartObject("resolved-packages");
            foreach (var one in resolved.OrderBy(p => p.Name, StringComparer.Ordinal).DistinctBy(p => p.Name))
            {
                json.WriteStartObject(one.Name);
                json.WriteString("arch", one.Architecture);
                json.WriteNumber("installsize_bytes", one.InstalledSize);
                json.WriteString("source", one.Repository);
                json.WriteString("status", one.Reason == "asked for" ? Listed : "added_by_dependency_solver");
                json.WriteString("version", one.Version);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    /// <summary>Names of the packages that stand for what a recipe itself asks for, in order.</summary>
    internal static IReadOnlyList<string> AskedFor(string? json)
    {
        if (json is null) return [];
        using var document = JsonDocument.Parse(json);
        return document.RootElement.TryGetProperty("resolved-packages", out var packages)
            ? [.. packages.EnumerateObject().Where(one => one.Value.GetProperty("status").GetString() == Listed).Select(one => one.Name).Order(StringComparer.Ordinal)]
            : [];
    }
}
