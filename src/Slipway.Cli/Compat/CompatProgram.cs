using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Cli.Compat;

/// <summary>An error as the ancestor's programs name it.</summary>
internal sealed class CompatException(string error, string text) : Exception($"{error}: {text}");

/// <summary>The executable called as one of the ancestor's programs: by a link of that name, or `slipway compat NAME ...`.</summary>
internal sealed record CompatProgram(ProgramUsage Usage, IReadOnlyList<string> Arguments)
{
    /// <summary>The program that was called for; null when it is slipway itself.</summary>
    public static CompatProgram? Called(string[] arguments)
    {
        if (CloudBuilderPrograms.Find(Path.GetFileName(CalledAs())) is { } linked) return new(linked, arguments);
        var rest = arguments is ["compat", ..] ? arguments[1..] : arguments;
        return rest.Length > 0 && CloudBuilderPrograms.Find(rest[0]) is { } named ? new(named, rest[1..]) : null;
    }

    // The runtime gives the path of the file that runs, not the name it was called by.
    public static string CalledAs()
    {
        var line = File.ReadAllBytes("/proc/self/cmdline");
        return Encoding.UTF8.GetString(line.AsSpan(0, Math.Max(0, Array.IndexOf(line, (byte)0))));
    }

    public async Task<int> RunAsync()
    {
        var read = CommandLineReader.Read(Usage, Arguments);
        switch (read.Outcome)
        {
            case CommandLineOutcome.Help:
                Console.Out.Write(Usage.HelpText);
                return 0;
            case CommandLineOutcome.Version:
                Console.WriteLine(Usage.VersionLine);
                return 0;
            case CommandLineOutcome.UsageError:
                if (read.Problem is not null) Console.Error.WriteLine(read.Problem);
                Console.Error.Write(Usage.UsageText);
                return 1;
            default:
                return await RunAsync(new CompatOptions(read.Values!));
        }
    }

    private async Task<int> RunAsync(CompatOptions options)
    {
        using var interrupt = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            interrupt.Cancel();
        };
        try
        {
            return Usage.Name switch
            {
                "cb-ctl" => await new CbCtl(options).RunAsync(interrupt.Token),
                "cb-image" => await new CbImage(options).RunAsync(interrupt.Token),
                "ssh_kafka_read" => TopicPrograms.Read(options),
                "ssh_kafka_write" => TopicPrograms.Write(options),
                "cb-prepare" or "cb-run" => throw new CompatException("CBParameterError", $"{Usage.Name} is one step of a build, which is one here. Try: slipway build DIR --dist DIST"),
                _ => await new CbServices(options).RunAsync(Usage.Name, interrupt.Token),
            };
        }
        catch (OperationCanceledException)
        {
            Log("ERROR", "Exit on keyboard interrupt");
            return 1;
        }
        catch (CompatException error)
        {
            Log("ERROR", error.Message);
            return 1;
        }
        catch (SlipwayException error)
        {
            Log("ERROR", $"CBMessageBrokerSetupError: {error.Message}");
            return 1;
        }
    }

    /// <summary>A line as the ancestor logs it; documents go to standard output, so this does not.</summary>
    public static void Log(string level, string text) =>
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[ {level,-8}]: {TimeProvider.System.GetLocalNow():HH:mm:ss} | {text}"));
}

/// <summary>The options of a command line that fits, by name.</summary>
internal sealed class CompatOptions(IReadOnlyDictionary<string, object?> values)
{
    public bool Has(string name) => values.GetValueOrDefault(name) is true or string;

    public string? Text(string name) => values.GetValueOrDefault(name) as string;

    /// <summary>What an option that may be repeated, or the rest of the line, holds.</summary>
    public IReadOnlyList<string> Texts(string name) => [.. (values.GetValueOrDefault(name) as IEnumerable<string>) ?? []];

    public string Required(string name) => Text(name)!;

    /// <summary>A number that was given as text; the parser of the command line does not look at it.</summary>
    public double Number(string name, double unset) => Text(name) is not { } text
        ? unset
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= 0
            ? number
            : throw new CompatException("ValueError", $"{name}: no number: '{text}'");
}
