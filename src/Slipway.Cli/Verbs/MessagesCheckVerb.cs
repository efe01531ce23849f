using System.CommandLine;
using System.Text.Json;
using Slipway.Content;
using Slipway.Messages;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway messages check`: whether documents are what the build service accepts, by the rules of its readers.</summary>
internal static class MessagesCheckVerb
{
    private const string StandardInput = "-";

    // One byte more than any reader takes is enough to see that a document is too long.
    private const int MaxBytes = (1 << 20) + 1;

    private static readonly Dictionary<string, DocumentKind> Kinds = new(StringComparer.Ordinal)
    {
        ["build_request"] = DocumentKind.BuildRequest,
        ["info_request"] = DocumentKind.InfoRequest,
        ["response"] = DocumentKind.Response,
        ["info_response"] = DocumentKind.InfoResponse,
        ["project"] = DocumentKind.Project,
        ["broker"] = DocumentKind.Broker,
        ["cbctl"] = DocumentKind.CbCtl,
    };

    private sealed record Verdict(string File, bool Accepted, IReadOnlyList<DocumentError> Errors);

    public static Command Create()
    {
        var kind = new Argument<string>("KIND") { Description = string.Join(", ", Kinds.Keys) };
        kind.AcceptOnlyFromAmong([.. Kinds.Keys]);
        var files = new Argument<string[]>("FILE") { Description = "Documents to check; - is standard input", Arity = ArgumentArity.OneOrMore };
        var command = new Command("check", "Say whether messages or configuration files are accepted, and why not; exit 1 if one is rejected") { kind, files };
        command.SetAction(parsed => Check(Kinds[parsed.GetValue(kind)!], parsed.GetValue(files)!, parsed.GetValue(GlobalOptions.Json)));
        return command.WithExamples("slipway messages check build_request request.yml", "slipway messages check project .cb/cloud_builder.yml", "cat answer.yml | slipway messages check --json info_response -");
    }

    private static int Check(DocumentKind kind, IReadOnlyList<string> files, bool json)
    {
        var verdicts = files.Select(file => Judge(kind, file)).ToList();
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(verdicts.Select(one => new
            {
                one.File,
                Verdict = one.Accepted ? "accept" : "reject",
                Reasons = one.Errors.Select(error => new { error.Line, error.Text }),
            }), Output.JsonOptions));
        }
        else
        {
            foreach (var one in verdicts) Console.WriteLine(one.Accepted ? $"accept {one.File}" : $"reject {one.File}: {Printable(string.Join("; ", one.Errors))}");
        }
        return verdicts.TrueForAll(one => one.Accepted) ? ExitCodes.Done : ExitCodes.Failed;
    }

    // A document's own keys are in the reasons, and it may hold what moves a terminal's cursor.
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : $"{c}"));

    private static Verdict Judge(DocumentKind kind, string file)
    {
        var errors = MessageCodec.Check(kind, Read(file));
        return new(file, errors.Count == 0, errors);
    }

    private static byte[] Read(string file)
    {
        try
        {
            using var from = file == StandardInput ? Console.OpenStandardInput() : File.OpenRead(file);
            using var bytes = new MemoryStream();
            var block = new byte[1 << 16];
            for (int read; bytes.Length < MaxBytes && (read = from.Read(block)) > 0;) bytes.Write(block, 0, read);
            return bytes.ToArray();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SlipwayException($"cannot read {file}", failure.Message, "a file that exists, or - for standard input") { Kind = FailureKind.Unreachable };
        }
    }
}
