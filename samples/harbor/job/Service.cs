using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Slipway.Harbor;

/// <summary>`slipway serve --sample harbor` as a child process, and its HTTP API.</summary>
internal sealed class Service(string slipway, string data, int port) : IAsyncDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(30) };
    private Process? _process;
    private Task? _log;

    public string Slipway => slipway;

    public string Data => data;

    public string Url => $"http://127.0.0.1:{port}";

    public string StreamUrl => $"{Url}/streams/harbor";

    public string LogFile => Path.Combine(data, "serve.log");


    public async Task StartAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(data);
        _process = Programs.Start(slipway, ["serve", "--sample", "harbor", "--data", data, "--port", $"{port}"]);
        _log = Task.WhenAll(AppendAsync(_process.StandardOutput), AppendAsync(_process.StandardError));
        while (true)
        {
            if (_process.HasExited)
                throw new JobException($"slipway serve ended with {_process.ExitCode}; its log is {LogFile}");
            if (await TryGetAsync("/api/v1/version", cancellation) is not null) return;
            await Task.Delay(200, cancellation);
        }
    }

    /// <summary>Largest resident memory of the running service, in bytes, since it was last forgotten; 0 when it does not run.</summary>
    public long ReadPeakMemory()
    {
        if (_process is not { HasExited: false }) return 0;
        var line = File.ReadLines($"/proc/{_process.Id}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null ? 0 : 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Lets the peak begin anew (proc(5), clear_refs).</summary>
    public void ForgetPeakMemory()
    {
        if (_process is { HasExited: false }) File.WriteAllText($"/proc/{_process.Id}/clear_refs", "5");
    }

    /// <summary>Ends the service as a power cut would.</summary>
    public async Task KillAsync()
    {
        if (_process is null) return;
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        await _log!;
        _process = null;
    }

    /// <summary>Asks the service to end, and waits until it has.</summary>
    public async Task StopAsync()
    {
        if (_process is null) return;
        if (!_process.HasExited) await Programs.TryAsync("kill", ["-TERM", $"{_process.Id}"], default);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }
        await _log!;
        _process = null;
    }

    public async Task<JsonNode> GetAsync(string path, CancellationToken cancellation) =>
        await _http.GetFromJsonAsync<JsonNode>(path, cancellation) ?? throw new JobException($"{path}: empty answer");

    public async Task<string> GetTextAsync(string path, CancellationToken cancellation) => await _http.GetStringAsync(path, cancellation);

    public async Task<JsonNode?> TryGetAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return await _http.GetFromJsonAsync<JsonNode>(path, cancellation);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Polls until the answer satisfies the condition; the last answer is in the error when it never does.</summary>
    public async Task<JsonNode> WaitForAsync(string path, string what, Func<JsonNode, bool> condition, TimeSpan limit, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        JsonNode? last = null;
        while (watch.Elapsed < limit)
        {
            if (_process is { HasExited: true })
                throw new JobException($"slipway serve ended with {_process.ExitCode} while waiting for {what}; its log is {LogFile}");
            last = await TryGetAsync(path, cancellation) ?? last;
            if (last is not null && condition(last)) return last;
            await Task.Delay(250, cancellation);
        }
        throw new JobException($"{what} did not happen in {limit.TotalSeconds:F0} s; {path} says:\n{last}");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _http.Dispose();
    }

    private async Task AppendAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
            lock (this) File.AppendAllText(LogFile, line + "\n");
    }
}
